// What the parsers of the verbs share: help, general options, the options of an input.
#include "apps/faltung/verb.h"

#include <map>
#include <memory>
#include <regex>
#include <utility>

namespace faltung {
namespace {

// Help that opens with lines of our own (CLI11's cannot say which positional comes when), and
// without the names of validators.
class Help : public CLI::Formatter {
 public:
  explicit Help(std::string usage) : usage_(std::move(usage)) {
    column_width(28);
    label("Positionals", "Arguments");
  }
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode mode) const override {
    const std::string text = usage_ + "\n" + app->get_description() + "\n" +
                             make_positionals(app) + make_groups(app, mode) +
                             make_subcommands(app, mode) + "\n" + app->get_footer() + "\n";
    return std::regex_replace(text, std::regex("\n\n\n+"), "\n\n");
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? "" : " " + type_of(*option);
  }

 private:
  // CLI11 appends ":VALIDATOR" to what type_name() was given.
  static std::string type_of(const CLI::Option& option) {
    const std::string name = option.get_type_name();
    return name.substr(0, name.find(':'));
  }
  const std::string usage_;
};

void add_rate(CLI::App& app, SourceOptions& source) {
  app.add_option("--rate", source.rate_hz, "Rate of inputs that state none, in Hz")
      ->type_name("HZ")
      ->check(CLI::PositiveNumber)
      ->group("Input");
}

}  // namespace

void refuse(const std::string& why) { throw Error(Code::configuration, why); }

void set_help(CLI::App& app, const std::string& usage, const std::string& examples) {
  app.formatter(std::make_shared<Help>(usage));
  app.footer(examples);
}

void add_general(CLI::App& app, GeneralOptions& general) {
  app.add_flag("-q,--quiet", general.quiet, "Errors only")->group("General");
  app.add_flag("-v,--verbose", general.verbose, "Also say how it was done")->group("General");
  app.add_option("--threads", general.threads, "Threads for computing; all cores by default")
      ->type_name("N")
      ->check(CLI::Range(1, 4096).description(""))
      ->group("General");
}

void add_raw(CLI::App& app, Encoding::Sample& sample) {
  static const std::map<std::string, Encoding::Sample> kRaw = {
      {"f32", Encoding::Sample::f32}, {"s16", Encoding::Sample::s16}};
  app.add_option("--raw", sample, "Samples on standard input and output: f32 or s16")
      ->type_name("TYPE")
      ->transform(CLI::CheckedTransformer(kRaw).description(""))
      ->group("Input");
}

void add_source(CLI::App& app, SourceOptions& source) {
  add_raw(app, source.raw_sample);
  app.add_option("--channels", source.channels, "Channels of raw samples; 1 by default")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 16).description(""))
      ->group("Input");
  add_rate(app, source);
  app.add_option("--channel-axis", source.channel_axis,
                 "Which axis of an array holds channels: none (default), first or last")
      ->type_name("AXIS")
      ->check(CLI::IsMember({"none", "first", "last"}).description(""))
      ->group("Input");
  app.add_option("--columns", source.columns, "Columns of a table, by name or number from 1")
      ->type_name("A,B,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Input");
}

}  // namespace faltung
