// Tables, and objects in the format that -o asks for.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "cli/output_format.h"

namespace vr::cli {

using Row = std::vector<std::string>;

// Prints rows under a header, in columns as wide as their widest cell so far; later rows keep the
// columns. Empty cells are shown as "<none>".
class TablePrinter {
 public:
  TablePrinter(std::ostream& out, Row header) : out_(out), header_(std::move(header)) {}
  void Print(const std::vector<Row>& rows);

 private:
  void PrintLine(const Row& row);

  std::ostream& out_;
  Row header_;
  std::vector<size_t> widths_;
};

// One object in json, yaml, name or jsonpath form, without managedFields.
void PrintObject(std::ostream& out, const OutputFormat& format, const nlohmann::json& object);

// Many of them: a v1 List for json, yaml and jsonpath, a line for each otherwise.
void PrintObjects(std::ostream& out, const OutputFormat& format,
                  const std::vector<nlohmann::json>& objects);

}  // namespace vr::cli
