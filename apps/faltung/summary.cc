// What became of every input of a batch, as a table (CSV) or for programs (JSON).
#include "apps/faltung/summary.h"


#include "apps/faltung/json.h"

namespace faltung {
namespace {

// One row of the table: every value with its name, in the table's order.
struct Cell {
  const char* name;
  std::string text;
  enum class Kind { text, number } kind = Kind::number;
};

std::vector<Cell> cells(const Outcome& of) {
  using enum Cell::Kind;
  const auto whole = [](Index n) { return std::to_string(n); };
  return {{"input", of.input, text},
          {"output", of.output, text},
          {"status", of.status ? std::to_string(*of.status) : ""},
          {"error", of.error, text},
          {"seconds", json_number(of.seconds)},
          {"compute_seconds", json_number(of.compute_s)},
          {"peak_bytes", whole(of.peak_bytes)},
          {"bytes_read", whole(of.bytes_read)},
          {"bytes_written", whole(of.bytes_written)},
          {"samples", whole(of.samples)},
          {"sha256", of.sha256, text}};
}

// RFC 4180: quotes around what holds a comma, a quote or a line's end; quotes within doubled.
std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string as_csv(const std::vector<Outcome>& outcomes) {
  std::string lines;
  for (const Cell& cell : cells({})) lines += (lines.empty() ? "" : ",") + std::string(cell.name);
  for (const Outcome& outcome : outcomes) {
    std::string line;
    for (const Cell& cell : cells(outcome)) line += "," + csv_text(cell.text);
    lines += "\n" + line.substr(1);
  }
  return lines + "\n";
}

std::string json_value(const Cell& cell) {
  if (cell.kind == Cell::Kind::text) return json_text(cell.text);
  return cell.text.empty() ? "null" : cell.text;
}

std::string as_json(const std::vector<Outcome>& outcomes) {
  std::string objects;
  for (const Outcome& outcome : outcomes) {
    std::string object;
    for (const Cell& cell : cells(outcome)) {
      object += std::string(object.empty() ? "{" : ", ") + json_text(cell.name) + ": " +
                json_value(cell);
    }
    objects += (objects.empty() ? "\n" : ",\n") + object + "}";
  }
  return "[" + objects + "\n]\n";
}

}  // namespace

Summary::Summary(const std::string& path) {
  text_ = path.ends_with(".csv") ? as_csv : path.ends_with(".json") ? as_json : nullptr;
  if (!text_) {
    throw Error(Code::configuration, path + ": a summary's name must end in .csv or .json");
  }
  file_ = std::make_unique<StagedFile>(path);
}

void Summary::write(const std::vector<Outcome>& outcomes) {
  const std::string text = text_(outcomes);
  file_->write(text.data(), text.size());
  file_->commit();
}

}  // namespace faltung
