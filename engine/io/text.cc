// Tables of numbers as text (CSV, TSV, columns between spaces): columns are channels, rows frames.
//
// A first column named time, t, time_s, … is the clock: it gives the rate and is written again.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/io/containers.h"
#include "engine/io/text_line.h"

namespace faltung {
namespace {

constexpr std::size_t kRowsForRate = 1000;  // times are often rounded: a mean over many is better
constexpr double kMostUnevenness = 0.75;    // of the period, between two rows

// Clock ticks per second; 0 for a name that is no clock's.
double clock_unit(std::string_view name) {
  std::string plain;
  for (char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  for (const char* seconds :
       {"t", "time", "times", "ts", "seconds", "sec", "timesec", "timeseconds"}) {
    if (plain == seconds) return 1;
  }
  for (const char* milliseconds : {"timems", "tms", "milliseconds", "ms"}) {
    if (plain == milliseconds) return 1e3;
  }
  return plain == "timeus" || plain == "tus" ? 1e6 : 0;
}

std::string printable(std::string_view text) {
  std::string result;
  for (char c : text.substr(0, 40)) result += std::isprint(static_cast<unsigned char>(c)) ? c : '?';
  return result;
}

class TextSource : public Source {
 public:
  TextSource(InputFile file, const SourceOptions& options) : lines_(std::move(file)) {
    encoding_.container = "csv";
    encoding_.sample = Encoding::Sample::f64;
    read_heading();
    choose_columns(options.columns);
    format_.type = SampleType::float64;
    format_.channels = static_cast<Index>(chosen_.size());
    format_.rate_hz = options.rate_hz;
    if (encoding_.time_column) read_rate();
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& slab) override {
    return with_sample_type(slab.type, [&]<class T>() {
      const auto out = slab.as<T>();
      Index n = 0;
      for (; n < out.extent && next_row(); ++n) {
        for (std::size_t c = 0; c < chosen_.size(); ++c) {
          *out.at(static_cast<Index>(c), n) = static_cast<T>(row_[chosen_[c]]);
        }
      }
      return n;
    });
  }

 private:
  void read_heading() {
    std::string_view line;
    if (!lines_.next(line)) lines_.file().fail("has no rows of numbers");
    separator_ = separator_of(line);
    split(line, separator_, fields_);
    columns_ = fields_.size();
    double number = 0;
    const bool heading = std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) {
      return !field.text.empty() && !parse_number(field.text, number);
    });
    if (!heading) return parse(fields_, ahead_);
    for (const Field& field : fields_) names_.emplace_back(field.text);
    unit_ = clock_unit(names_[0]);
    encoding_.time_column = unit_ > 0 && columns_ > 1;
    if (!lines_.next(line)) lines_.file().fail("has a line of names, but no rows of numbers");
    split(line, separator_, fields_);
    parse(fields_, ahead_);
  }

  void choose_columns(const std::vector<std::string>& wanted) {
    const std::size_t first = encoding_.time_column ? 1 : 0;
    for (std::size_t i = first; wanted.empty() && i < columns_; ++i) chosen_.push_back(i);
    for (const std::string& name : wanted) chosen_.push_back(column(name));
    if (names_.empty()) return;
    if (encoding_.time_column) encoding_.column_names.push_back(names_[0]);
    for (std::size_t i : chosen_) encoding_.column_names.push_back(names_[i]);
  }

  std::size_t column(const std::string& name) const {
    const auto named = std::find(names_.begin(), names_.end(), name);
    if (named != names_.end()) return static_cast<std::size_t>(named - names_.begin());
    std::size_t number = 0;
    const auto end = name.data() + name.size();
    const auto [stop, problem] = std::from_chars(name.data(), end, number);
    if (problem == std::errc() && stop == end && number >= 1 && number <= columns_)
      return number - 1;
    std::string allowed = "1 to " + std::to_string(columns_);
    for (const std::string& known : names_) allowed += ", " + known;
    throw Error(Code::configuration,
                lines_.file().path() + ": no column '" + name + "'; allowed are " + allowed);
  }

  // Appends a row's numbers.
  void parse(const std::vector<Field>& fields, std::vector<double>& row) const {
    if (fields.size() != columns_) {
      lines_.fail(1, std::to_string(fields.size()) + " fields; the first row has " +
                         std::to_string(columns_));
    }
    for (const Field& field : fields) {
      double number = 0;
      if (field.text.empty()) lines_.fail(field.column, "an empty field; a number is needed");
      if (!parse_number(field.text, number)) {
        lines_.fail(field.column, "'" + printable(field.text) + "' is not a number");
      }
      row.push_back(number);
    }
  }

  void read_rate() {
    std::vector<Index> line_numbers{lines_.number()};
    std::string_view line;
    while (ahead_.size() < kRowsForRate * columns_ && lines_.next(line)) {
      split(line, separator_, fields_);
      parse(fields_, ahead_);
      line_numbers.push_back(lines_.number());
    }
    encoding_.time_start = time_ = ahead_[0];
    const std::size_t rows = ahead_.size() / columns_;
    if (rows < 2) return;
    const double span = ahead_[(rows - 1) * columns_] - ahead_[0];
    const double rate = static_cast<double>(rows - 1) * unit_ / span;
    if (!(rate > 0) || !std::isfinite(rate)) lines_.fail(1, "the time does not advance");
    // Times in decimal fractions leave a rate of 9.999999999 Hz.
    const double whole = std::round(rate);
    format_.rate_hz = std::abs(rate - whole) < 1e-9 * rate ? whole : rate;
    for (std::size_t i = 1; i < rows; ++i) check_time(ahead_[i * columns_], line_numbers[i]);
  }

  void check_time(double time, Index line_number) {
    const double period = unit_ / format_.rate_hz;
    const double before = std::exchange(time_, time);
    if (std::abs(time - before - period) <= kMostUnevenness * period) return;
    lines_.fail_at(line_number, 1,
                   "the time goes from " + std::to_string(before) + " to " + std::to_string(time) +
                       " where the mean step is " + std::to_string(period) +
                       "; rows must be evenly spaced");
  }

  bool next_row() {
    row_.clear();
    if (taken_ < ahead_.size()) {
      const auto begin = ahead_.begin() + static_cast<std::ptrdiff_t>(taken_);
      row_.assign(begin, begin + static_cast<std::ptrdiff_t>(columns_));
      taken_ += columns_;
      return true;
    }
    std::string_view line;
    if (!lines_.next(line)) return false;
    split(line, separator_, fields_);
    parse(fields_, row_);
    if (encoding_.time_column) check_time(row_[0], lines_.number());
    return true;
  }

  LineReader lines_;
  Format format_;
  Encoding encoding_;
  Separator separator_ = Separator::comma;
  std::vector<std::string> names_;   // of all columns; empty: no heading
  std::size_t columns_ = 0;          // of the file
  std::vector<std::size_t> chosen_;  // the columns that are channels
  double unit_ = 0;                  // clock ticks per second
  double time_ = 0;                  // of the last row
  std::vector<double> ahead_;        // rows parsed before they were asked for
  std::size_t taken_ = 0;            // numbers of them given already
  std::vector<double> row_;
  std::vector<Field> fields_;
};

class TextSink : public Sink {
 public:
  TextSink(const Container& container, const std::string& path, const Format& format,
           const Encoding& like)
      : separator_(container.name == std::string_view("csv")   ? ','
                   : container.name == std::string_view("tsv") ? '\t'
                                                               : ' '),
        file_(path) {
    const std::size_t columns = static_cast<std::size_t>(format.channels);
    const std::size_t clock = like.time_column && format.rate_hz > 0 ? 1 : 0;
    const std::size_t clocks_in_names = like.time_column ? 1 : 0;
    const auto& names = like.column_names;
    if (clock) {
      unit_ = clock_unit(names.empty() ? "time" : names[0]);
      period_ = unit_ / format.rate_hz;
      start_ = like.time_start;
      text_ += quoted(names.empty() ? "time" : names[0]);
    }
    if (clock == 0 && names.empty()) return;
    const bool same = names.size() == columns + clocks_in_names;
    for (std::size_t c = 0; c < columns; ++c) {
      if (!text_.empty()) text_ += separator_;
      text_ += same ? quoted(names[c + clocks_in_names]) : "channel_" + std::to_string(c + 1);
    }
    text_ += '\n';
  }

  void write(const Slab& slab) override {
    with_sample_type(slab.type, [&]<class T>() {
      const auto in = slab.as<T>();
      for (Index n = 0; n < in.extent; ++n) {
        if (unit_ > 0) append_time(start_ + static_cast<double>(row_++) * period_);
        for (Index c = 0; c < in.channels; ++c) append(*in.at(c, n), c + 1 == in.channels);
        if (text_.size() > kGathered) flush();
      }
    });
  }

  void commit() override {
    flush();
    file_.commit();
  }

  void checkpoint(Reach reach) override {
    flush();
    file_.checkpoint();
    if (reach == Reach::disk) file_.sync();
  }

  void salvage() override {
    file_.rewind();
    file_.commit();
  }

 private:
  static constexpr std::size_t kGathered = 64 * 1024;

  std::string quoted(const std::string& name) const {
    const bool needed = name.find(separator_) != name.npos || name.find(' ') != name.npos;
    return needed ? '"' + name + '"' : name;
  }

  // The shortest digits that give the same number again.
  template <class T>
  void append(T number, bool last) {
    std::array<char, 40> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text_.append(digits.data(), end);
    text_ += last ? '\n' : separator_;
  }

  // Times are products: twelve digits hide their rounding (0.30000000000000004).
  void append_time(double time) {
    std::array<char, 40> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), time,
                                   std::chars_format::general, 12)
                         .ptr;
    text_.append(digits.data(), end);
    text_ += separator_;
  }

  void flush() {
    file_.write(text_.data(), text_.size());
    text_.clear();
  }

  char separator_;
  StagedFile file_;
  std::string text_;
  double unit_ = 0;  // 0: no clock
  double period_ = 0;
  double start_ = 0;
  Index row_ = 0;
};

}  // namespace

std::unique_ptr<Source> open_text(InputFile file, const SourceOptions& options) {
  return std::make_unique<TextSource>(std::move(file), options);
}

std::unique_ptr<Sink> create_text(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like) {
  require_inner_rank(container, format, 0, 0);
  return std::make_unique<TextSink>(container, path, format, like);
}

}  // namespace faltung
