#include "cli/env.h"

#include <cctype>

namespace vr::cli {

Context Env::Ctx(Duration fallback) const {
  return Context(stop, clock).WithTimeout(settings.timeout.value_or(fallback));
}

Context Env::EndlessCtx() const {
  const Context ctx(stop, clock);
  return settings.timeout ? ctx.WithTimeout(*settings.timeout) : ctx;
}

Status FlushOutput(Env& env) {
  if (env.out.flush()) return {};
  return Error{ErrorKind::kCancelled, "the output cannot be written", {}};
}

std::string InOurName(const Env& env, std::string text) {
  constexpr std::string_view kName = "vrtg";
  if (env.name == kName) return text;
  for (size_t at = text.find(kName); at != std::string::npos; at = text.find(kName, at)) {
    const size_t end = at + kName.size();
    const auto is_part_of_word = [&text](size_t i) {
      const char c = text[i];
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/' ||
             c == '.';
    };
    if ((at > 0 && is_part_of_word(at - 1)) || end == text.size() ||
        (text[end] != ' ' && text[end] != '\'')) {
      at = end;
      continue;
    }
    text.replace(at, kName.size(), env.name);
    at += env.name.size();
  }
  return text;
}

std::string Namespace(const Env& env, const Connection& connection) {
  if (!env.settings.ns.empty()) return env.settings.ns;
  return connection.ns.empty() ? "default" : connection.ns;
}

Result<Connection> Connect(const Env& env) {
  VR_ASSIGN_OR_RETURN(Connection connection, env.connect(env));
  connection.ns = Namespace(env, connection);
  return connection;
}

}  // namespace vr::cli
