#include "cli/env.h"

namespace vr::cli {

Context Env::Ctx(Duration fallback) const {
  return Context(stop, clock).WithTimeout(settings.timeout.value_or(fallback));
}

Context Env::EndlessCtx() const {
  const Context ctx(stop, clock);
  return settings.timeout ? ctx.WithTimeout(*settings.timeout) : ctx;
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
