#include "cli/json_path.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace vr::cli {

using Json = nlohmann::json;

enum class StepType { kField, kAll, kSlice, kDeep, kFilter };

struct JsonPath::Step {
  StepType type = StepType::kField;
  std::string field = {};        // kField, kDeep
  std::optional<int> from = {};  // kSlice: [from:to], or one index when `single`
  std::optional<int> to = {};
  bool single = false;
  std::vector<Step> left = {};  // kFilter: @left op literal; no op: left exists
  std::string op = {};
  Json literal = {};
};

// Text, a path to print, or a range with its own parts.
struct JsonPath::Part {
  std::string text = {};
  std::vector<Step> path = {};
  bool is_path = false;
  bool is_range = false;
  std::vector<Part> body = {};
};

namespace {

using Step = JsonPath::Step;
using Part = JsonPath::Part;
using Nodes = std::vector<const Json*>;

Error Bad(const std::string& what, size_t at) {
  return Error{
      ErrorKind::kInvalidSpec, "jsonpath: " + what + " at character " + std::to_string(at + 1), {}};
}

bool IsFieldChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/' ||
         c == '$';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // Parts up to the end, or to the {end} of the surrounding range.
  Result<std::vector<Part>> Parts(int depth) {
    std::vector<Part> parts;
    while (at_ < text_.size()) {
      if (text_[at_] != '{') {
        const size_t open = std::min(text_.find('{', at_), text_.size());
        parts.push_back(Part{.text = std::string(text_.substr(at_, open - at_))});
        at_ = open;
        continue;
      }
      ++at_;
      Spaces();
      if (Take("end")) {
        if (depth == 0) return Bad("{end} without {range}", at_);
        VR_RETURN_IF_ERROR(Expect('}'));
        return parts;
      }
      VR_ASSIGN_OR_RETURN(Part part, Braced(depth));
      parts.push_back(std::move(part));
    }
    if (depth > 0) return Bad("{range} without {end}", at_);
    return parts;
  }

 private:
  Result<Part> Braced(int depth) {
    Part part;
    if (Peek() == '"' || Peek() == '\'') {
      VR_ASSIGN_OR_RETURN(part.text, Quoted());
      VR_RETURN_IF_ERROR(Expect('}'));
      return part;
    }
    part.is_range = Take("range ");
    part.is_path = !part.is_range;
    Spaces();
    VR_ASSIGN_OR_RETURN(part.path, Path());
    VR_RETURN_IF_ERROR(Expect('}'));
    if (part.is_range) {
      VR_ASSIGN_OR_RETURN(part.body, Parts(depth + 1));
    }
    return part;
  }

  Result<std::vector<Step>> Path() {
    std::vector<Step> steps;
    if (Peek() == '$' || Peek() == '@') ++at_;
    if (IsFieldChar(Peek())) steps.push_back(Step{.field = Field()});
    while (Peek() == '.' || Peek() == '[') {
      if (Peek() == '[') {
        VR_ASSIGN_OR_RETURN(Step step, Bracket());
        steps.push_back(std::move(step));
        continue;
      }
      ++at_;
      const bool deep = Peek() == '.';
      if (deep) ++at_;
      if (Peek() == '*') {
        ++at_;
        steps.push_back(Step{.type = StepType::kAll});
        continue;
      }
      std::string field = Field();
      if (field.empty() && (deep || Peek() == '.')) return Bad("a field name is missing", at_);
      if (!field.empty()) {
        steps.push_back(
            Step{.type = deep ? StepType::kDeep : StepType::kField, .field = std::move(field)});
      }
    }
    return steps;
  }

  Result<Step> Bracket() {
    ++at_;
    Step step;
    if (Take("*")) {
      step.type = StepType::kAll;
    } else if (Take("?(")) {
      VR_ASSIGN_OR_RETURN(step, Filter());
    } else if (Peek() == '\'' || Peek() == '"') {
      VR_ASSIGN_OR_RETURN(step.field, Quoted());
    } else {
      step.type = StepType::kSlice;
      step.from = Number();
      step.single = Peek() != ':';
      if (!step.single) {
        ++at_;
        step.to = Number();
      } else if (!step.from) {
        return Bad("an index is missing", at_);
      }
    }
    VR_RETURN_IF_ERROR(Expect(']'));
    return step;
  }

  Result<Step> Filter() {
    Step step{.type = StepType::kFilter};
    Spaces();
    if (Peek() != '@') return Bad("a filter compares @", at_);
    VR_ASSIGN_OR_RETURN(step.left, Path());
    Spaces();
    for (const char* op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!Take(op)) continue;
      step.op = op;
      Spaces();
      VR_ASSIGN_OR_RETURN(step.literal, Literal());
      break;
    }
    Spaces();
    VR_RETURN_IF_ERROR(Expect(')'));
    return step;
  }

  Result<Json> Literal() {
    if (Peek() == '\'' || Peek() == '"') {
      VR_ASSIGN_OR_RETURN(std::string text, Quoted());
      return Json(text);
    }
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != ')' && text_[at_] != ' ') ++at_;
    Json value = Json::parse(text_.substr(start, at_ - start), nullptr, false);
    if (value.is_discarded())
      return Bad("a filter compares with a quoted text, a number, true or false", start);
    return value;
  }

  Result<std::string> Quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        c = text_[at_++];
        if (c == 'n') c = '\n';
        if (c == 't') c = '\t';
        if (c == 'r') c = '\r';
      }
      out += c;
    }
    VR_RETURN_IF_ERROR(Expect(quote));
    return out;
  }

  std::string Field() {
    std::string out;
    while (at_ < text_.size() &&
           (IsFieldChar(text_[at_]) || (text_[at_] == '\\' && at_ + 1 < text_.size()))) {
      if (text_[at_] == '\\') ++at_;
      out += text_[at_++];
    }
    return out;
  }

  std::optional<int> Number() {
    int value = 0;
    const auto parsed = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (parsed.ec != std::errc()) return std::nullopt;
    at_ = static_cast<size_t>(parsed.ptr - text_.data());
    return value;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void Spaces() {
    while (Peek() == ' ') ++at_;
  }
  Status Expect(char c) {
    Spaces();
    if (Peek() != c) return Bad(std::string("'") + c + "' is missing", at_);
    ++at_;
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
};

Nodes Follow(const std::vector<Step>& steps, const Json& start);

bool Holds(const Step& filter, const Json& value) {
  const Nodes found = Follow(filter.left, value);
  if (filter.op.empty()) return !found.empty();
  if (found.empty()) return false;
  const Json& left = *found.front();
  const Json& right = filter.literal;
  if (filter.op == "==") return left == right;
  if (filter.op == "!=") return left != right;
  const bool comparable =
      (left.is_number() && right.is_number()) || (left.is_string() && right.is_string());
  if (!comparable) return false;
  if (filter.op == "<") return left < right;
  if (filter.op == "<=") return left <= right;
  if (filter.op == ">") return left > right;
  return left >= right;
}

void CollectDeep(const Json& value, const std::string& field, Nodes& out) {
  if (value.is_object() && value.contains(field)) out.push_back(&value[field]);
  if (!value.is_structured()) return;
  for (const Json& child : value) CollectDeep(child, field, out);
}

void AddSlice(const Step& step, const Json& value, Nodes& out) {
  const int size = static_cast<int>(value.size());
  const auto clamp = [size](int index) {
    return std::clamp(index < 0 ? index + size : index, 0, size);
  };
  if (step.single) {
    const int index = *step.from < 0 ? *step.from + size : *step.from;
    if (index >= 0 && index < size) out.push_back(&value[static_cast<size_t>(index)]);
    return;
  }
  for (int i = clamp(step.from.value_or(0)); i < clamp(step.to.value_or(size)); ++i) {
    out.push_back(&value[static_cast<size_t>(i)]);
  }
}

void Apply(const Step& step, const Json& value, Nodes& out) {
  switch (step.type) {
    case StepType::kField:
      if (value.is_object() && value.contains(step.field)) out.push_back(&value[step.field]);
      return;
    case StepType::kDeep:
      CollectDeep(value, step.field, out);
      return;
    case StepType::kAll:
      if (!value.is_structured()) return;
      for (const Json& child : value) out.push_back(&child);
      return;
    case StepType::kSlice:
      if (value.is_array()) AddSlice(step, value, out);
      return;
    case StepType::kFilter:
      if (!value.is_array()) return;
      for (const Json& child : value) {
        if (Holds(step, child)) out.push_back(&child);
      }
      return;
  }
}

Nodes Follow(const std::vector<Step>& steps, const Json& start) {
  Nodes nodes{&start};
  for (const Step& step : steps) {
    Nodes next;
    for (const Json* node : nodes) Apply(step, *node, next);
    nodes = std::move(next);
  }
  return nodes;
}

void Render(const std::vector<Part>& parts, const Json& value, std::string& out) {
  for (const Part& part : parts) {
    out += part.text;
    if (part.is_range) {
      for (const Json* item : Follow(part.path, value)) Render(part.body, *item, out);
    } else if (part.is_path) {
      const char* separator = "";
      for (const Json* item : Follow(part.path, value)) {
        out += separator;
        out += item->is_string() ? item->get<std::string>() : item->dump();
        separator = " ";
      }
    }
  }
}

}  // namespace

Result<JsonPath> JsonPath::Parse(std::string_view text) {
  const std::string whole =
      text.find('{') == std::string_view::npos ? "{" + std::string(text) + "}" : std::string(text);
  VR_ASSIGN_OR_RETURN(std::vector<Part> parts, Parser(whole).Parts(0));
  JsonPath path;
  path.parts_ = std::make_shared<const std::vector<Part>>(std::move(parts));
  return path;
}

std::string JsonPath::Print(const Json& value) const {
  std::string out;
  Render(*parts_, value, out);
  return out;
}

}  // namespace vr::cli
