// Env: all that a command may touch. A test makes one of string streams.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "base/context.h"
#include "cli/settings.h"
#include "kube/client.h"

namespace vr::cli {

// An API server that we can talk to.
struct Connection {
  std::shared_ptr<const kube::Client> client;
  std::string ns = {};      // of the kubeconfig's context; may be empty
  std::string server = {};  // its URL, to show
};

struct Env {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Environment environment = {};
  std::filesystem::path home = {};
  std::filesystem::path program_dir = {};  // where the manager and the providers stand
  std::filesystem::path program = {};      // this program
  std::string name = "vrtg";               // how it was called; "kubectl virtrigaud" as a plug-in
  std::stop_token stop = {};
  const Clock& clock = SystemClock();
  bool terminal = false;                // out is one: colours make sense
  std::function<int()> out_error = {};  // errno of the write to out that failed, if it is known
  std::function<Result<Connection>(const Env&)> connect = {};
  Settings settings = {};

  // For a command that asks and answers (30 s unless --timeout says otherwise).
  Context Ctx(Duration fallback = std::chrono::seconds(30)) const;
  // For one that goes on until it is stopped: no deadline unless --timeout gives one.
  Context EndlessCtx() const;
  std::filesystem::path DataDir() const { return DefaultDataDir(environment, home); }
};

// For what prints without end: an error, which nobody will read, once the output cannot be written.
Status FlushOutput(Env& env);

// A text of ours with the commands in it ("vrtg up", "'vrtg down'") spelled as this program was
// called.
std::string InOurName(const Env& env, std::string text);

// The namespace that a command works in.
std::string Namespace(const Env& env, const Connection& connection);

// env.connect, with the namespace filled in.
Result<Connection> Connect(const Env& env);

}  // namespace vr::cli
