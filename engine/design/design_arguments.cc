// The parameters of one design, read from text, completed with defaults and checked.
#include "engine/design/design_arguments.h"

#include <charconv>
#include <cmath>

#include "engine/design/number_text.h"

namespace faltung {
namespace {

using Kind = ParameterSpec::Kind;

bool per_axis(Kind kind) { return kind == Kind::number_per_axis || kind == Kind::count_per_axis; }
bool is_count(Kind kind) { return kind == Kind::count || kind == Kind::count_per_axis; }

std::string text_of(const DesignValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  std::string result;
  for (const double number : std::get<std::vector<double>>(value)) {
    result += (result.empty() ? "" : ",") + number_text(number);
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// "2, 1.5" -> numbers; false where the text is anything else.
bool parse_numbers(std::string_view text, std::vector<double>& numbers) {
  for (;;) {
    const auto comma = text.find(',');
    const std::string_view part = trimmed(text.substr(0, comma));
    double value = 0;
    const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (problem != std::errc() || end != part.data() + part.size()) return false;
    numbers.push_back(value);
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::string range_text(const ParameterSpec& spec) {
  const std::string what = is_count(spec.kind) ? "a whole number" : "a number";
  return what + " from " + number_text(spec.min) + " to " + number_text(spec.max) +
         (spec.unit.empty() ? "" : " (" + spec.unit + ")");
}

bool among(const std::string& words, const std::string& word) {
  return (", " + words + ",").find(", " + word + ",") != std::string::npos;
}

}  // namespace

DesignArguments::DesignArguments(const Design& design, const DesignParameters& parameters,
                                 double rate_hz, int rank)
    : design_(design), given_(parameters), rate_hz_(rate_hz), rank_(rank) {
  refuse_unknown();
  for (const ParameterSpec& spec : design.parameters) {
    const auto found = parameters.find(spec.name);
    if (found != parameters.end()) {
      read(spec, found->second);
    } else if (spec.required) {
      refuse("needs " + spec.name + ", " + spec.summary);
    } else if (!spec.default_value.empty()) {
      read(spec, spec.default_value);
    }
  }
}

void DesignArguments::refuse(const std::string& why) const {
  throw Error(Code::configuration, design_.name + ": " + why);
}

void DesignArguments::refuse_unknown() const {
  std::string allowed;
  for (const ParameterSpec& spec : design_.parameters) {
    allowed += (allowed.empty() ? "" : ", ") + spec.name;
  }
  for (const auto& [name, value] : given_) {
    if (among(allowed, name)) continue;
    refuse("unknown parameter '" + name + "'; it takes " +
           (allowed.empty() ? "no parameters" : allowed));
  }
}

void DesignArguments::read(const ParameterSpec& spec, const DesignValue& value) {
  if (spec.kind == Kind::word) return read_word(spec, value);
  std::vector<double> numbers = numbers_of(spec, value);
  for (const double number : numbers) check_number(spec, number);
  values_[spec.name] = std::move(numbers);
}

void DesignArguments::read_word(const ParameterSpec& spec, const DesignValue& value) {
  const std::string word = text_of(value);
  if (!among(spec.words, word)) {
    refuse(spec.name + " of '" + word + "'; it is one of " + spec.words);
  }
  values_[spec.name] = word;
}

std::vector<double> DesignArguments::numbers_of(const ParameterSpec& spec,
                                                const DesignValue& value) const {
  std::vector<double> numbers;
  if (!parse_numbers(text_of(value), numbers)) {
    refuse(spec.name + " of '" + text_of(value) + "'; it is " + range_text(spec));
  }
  if (const auto* number = std::get_if<double>(&value)) numbers = {*number};  // every bit of it
  if (const auto* list = std::get_if<std::vector<double>>(&value)) numbers = *list;
  if (numbers.size() > 1 && !per_axis(spec.kind)) {
    refuse(spec.name + " is one number, but '" + text_of(value) + "' was given");
  }
  return numbers;
}

void DesignArguments::check_number(const ParameterSpec& spec, double value) const {
  const bool whole = value == std::floor(value);
  if (value >= spec.min && value <= spec.max && (whole || !is_count(spec.kind))) return;
  refuse(spec.name + " of " + number_text(value) + "; it is " + range_text(spec));
}

double DesignArguments::number(const std::string& name) const {
  return std::get<std::vector<double>>(values_.at(name)).front();
}

Index DesignArguments::count(const std::string& name) const {
  return static_cast<Index>(number(name));
}

const std::string& DesignArguments::word(const std::string& name) const {
  return std::get<std::string>(values_.at(name));
}

std::vector<double> DesignArguments::number_per_axis(const std::string& name) const {
  auto numbers = std::get<std::vector<double>>(values_.at(name));
  const auto axes = static_cast<std::size_t>(rank_);
  if (numbers.size() == 1) numbers.resize(axes, numbers.front());
  if (numbers.size() != axes) {
    refuse(name + " has " + std::to_string(numbers.size()) + " numbers; the kernel has " +
           std::to_string(rank_) + (rank_ == 1 ? " axis" : " axes") + " (one number: all axes)");
  }
  return numbers;
}

std::vector<Index> DesignArguments::count_per_axis(const std::string& name) const {
  std::vector<Index> counts;
  for (const double number : number_per_axis(name)) counts.push_back(static_cast<Index>(number));
  return counts;
}

}  // namespace faltung
