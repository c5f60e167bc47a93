// The parameters of one design, read from text, completed with defaults and checked.
#pragma once

#include "engine/design/designs.h"

namespace faltung {

class DesignArguments {
 public:
  // Throws Error{configuration}, saying what was given and what is allowed.
  DesignArguments(const Design& design, const DesignParameters& parameters, double rate_hz,
                  int rank);

  const Design& design() const { return design_; }
  double rate_hz() const { return rate_hz_; }
  int rank() const { return rank_; }

  // Whether the parameter has a value, given or by default; whether it was given.
  bool has(const std::string& name) const { return values_.contains(name); }
  bool given(const std::string& name) const { return given_.contains(name); }

  double number(const std::string& name) const;
  Index count(const std::string& name) const;
  const std::string& word(const std::string& name) const;
  std::vector<double> number_per_axis(const std::string& name) const;
  std::vector<Index> count_per_axis(const std::string& name) const;

  // Error{configuration} that names the design.
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  void refuse_unknown() const;
  void read(const ParameterSpec& spec, const DesignValue& value);
  void read_word(const ParameterSpec& spec, const DesignValue& value);
  std::vector<double> numbers_of(const ParameterSpec& spec, const DesignValue& value) const;
  void check_number(const ParameterSpec& spec, double value) const;

  const Design& design_;
  const DesignParameters& given_;
  double rate_hz_;
  int rank_;
  std::map<std::string, std::variant<std::vector<double>, std::string>> values_;
};

}  // namespace faltung
