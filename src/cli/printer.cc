#include "cli/printer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "kube/yaml.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

std::string Cell(const std::string& text) { return text.empty() ? "<none>" : text; }

// How many columns a terminal uses for it: colour codes none, UTF-8 continuation bytes none.
size_t Width(const std::string& text) {
  size_t width = 0;
  bool escape = false;
  for (const char c : text) {
    if (c == '\x1b') escape = true;
    if (!escape && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++width;
    if (c == 'm') escape = false;
  }
  return width;
}

Json Shown(Json object) {
  if (object.is_object() && object.contains("metadata") && object["metadata"].is_object()) {
    object["metadata"].erase("managedFields");
  }
  return object;
}

void PrintValue(std::ostream& out, const OutputFormat& format, const Json& value) {
  if (format.kind == OutputKind::kYaml) {
    out << kube::ToYaml(value);
  } else if (format.kind == OutputKind::kJsonPath) {
    out << format.path->Print(value);
  } else {
    // A path of this machine in it may be no UTF-8.
    out << value.dump(4, ' ', false, Json::error_handler_t::replace) << "\n";
  }
}

}  // namespace

void TablePrinter::Print(const std::vector<Row>& rows) {
  const bool first = widths_.empty();
  widths_.resize(header_.size());
  const auto widen = [this](const Row& row) {
    for (size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], Width(Cell(row[i])));
  };
  if (first) widen(header_);
  for (const Row& row : rows) widen(row);
  if (first) PrintLine(header_);
  for (const Row& row : rows) PrintLine(row);
  out_.flush();
}

void TablePrinter::PrintLine(const Row& row) {
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string cell = Cell(row[i]);
    out_ << cell;
    if (i + 1 < row.size()) out_ << std::string(widths_[i] - Width(cell) + 3, ' ');
  }
  out_ << "\n";
}

void PrintObject(std::ostream& out, const OutputFormat& format, const Json& object) {
  if (format.kind == OutputKind::kName) {
    out << ObjectName(object) << "\n";
  } else {
    PrintValue(out, format, Shown(object));
  }
}

void PrintObjects(std::ostream& out, const OutputFormat& format, const std::vector<Json>& objects) {
  if (format.kind == OutputKind::kName) {
    for (const Json& object : objects) out << ObjectName(object) << "\n";
    return;
  }
  Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"metadata", {{"resourceVersion", ""}}}};
  list["items"] = Json::array();
  for (const Json& object : objects) list["items"].push_back(Shown(object));
  PrintValue(out, format, list);
}

}  // namespace vr::cli
