#include "kube/exec_plugin.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/process.h"
#include "base/redact.h"
#include "base/timestamp.h"

namespace vr::kube {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::minutes kLongestRun(1);

Error Bad(const std::string& message) { return Error{ErrorKind::kInvalidSpec, message, {}}; }

Error BadAnswer(const std::string& message) {
  return Error{ErrorKind::kUnauthorized, "its answer " + message, {}};
}

// The end of a text, for an error message.
std::string Tail(const std::string& text) {
  constexpr size_t kMost = 400;
  const size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  const size_t begin = end + 1 > kMost ? end + 1 - kMost : 0;
  return Redact(text.substr(begin, end + 1 - begin));
}

std::string TextAt(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

bool Valid(const std::optional<ExecCredential>& credential, const Clock& clock) {
  return credential && (!credential->expires || clock.WallNow() < *credential->expires);
}

}  // namespace

Result<ExecCredential> ParseExecCredential(const std::string& text,
                                           const std::string& api_version) {
  const Json answer = Json::parse(text, nullptr, false);
  if (!answer.is_object()) return BadAnswer("is not a JSON object");
  if (TextAt(answer, "kind") != "ExecCredential") return BadAnswer("is not an ExecCredential");
  if (const std::string version = TextAt(answer, "apiVersion"); version != api_version)
    return BadAnswer("is of version '" + version + "', but exec.apiVersion says " + api_version);
  const auto status = answer.find("status");
  if (status == answer.end() || !status->is_object()) return BadAnswer("has no status");
  ExecCredential credential{.token = TextAt(*status, "token"),
                            .cert_pem = TextAt(*status, "clientCertificateData"),
                            .key_pem = TextAt(*status, "clientKeyData"),
                            .expires = {}};
  if (credential.cert_pem.empty() != credential.key_pem.empty())
    return BadAnswer("must have clientCertificateData and clientKeyData together");
  if (credential.token.empty() && credential.cert_pem.empty())
    return BadAnswer("has neither a token nor a client certificate");
  if (const std::string expires = TextAt(*status, "expirationTimestamp"); !expires.empty()) {
    const Result<WallTime> time = ParseTimestamp(expires);
    if (!time) return BadAnswer("has an expirationTimestamp that is not RFC 3339: " + expires);
    credential.expires = *time;
  }
  return credential;
}

ExecPlugin::ExecPlugin(KubeconfigExec settings, std::string info)
    : settings_(std::move(settings)), info_(std::move(info)) {}

Result<std::shared_ptr<ExecPlugin>> ExecPlugin::Make(const KubeconfigExec& settings,
                                                     const std::filesystem::path& folder,
                                                     const Json& cluster_info) {
  KubeconfigExec own = settings;
  if (own.command.empty()) return Bad("exec.command must name a program");
  if (own.api_version != "client.authentication.k8s.io/v1" &&
      own.api_version != "client.authentication.k8s.io/v1beta1") {
    return Bad("exec.apiVersion '" + own.api_version +
               "' is not supported; use client.authentication.k8s.io/v1 or .../v1beta1");
  }
  if (own.interactive_mode == "Always") {
    return Bad("exec.interactiveMode is Always, but '" + own.command +
               "' gets no terminal here; log in with its own command first and set IfAvailable");
  }
  if (!own.interactive_mode.empty() && own.interactive_mode != "Never" &&
      own.interactive_mode != "IfAvailable") {
    return Bad("exec.interactiveMode '" + own.interactive_mode +
               "' is unknown; use Never or IfAvailable");
  }
  if (own.command.find('/') != std::string::npos) own.command = (folder / own.command).string();
  Json info = {{"apiVersion", own.api_version},
               {"kind", "ExecCredential"},
               {"spec", {{"interactive", false}}}};
  if (own.provide_cluster_info) info["spec"]["cluster"] = cluster_info;
  const std::string text = info.dump(-1, ' ', false, Json::error_handler_t::replace);
  return std::shared_ptr<ExecPlugin>(new ExecPlugin(std::move(own), text));
}

Result<ExecCredential> ExecPlugin::Get(const Context& ctx) {
  const std::string what = "exec plug-in '" + settings_.command + "'";
  std::unique_lock lock(mutex_);
  while (!Valid(credential_, ctx.clock()) && running_) {
    ctx.clock().WaitUntil(lock, changed_, ctx.stop(), ctx.deadline(), [this] { return !running_; });
    VR_RETURN_IF_ERROR(ctx.Check("wait for " + what));
  }
  if (Valid(credential_, ctx.clock())) return *credential_;
  running_ = true;
  lock.unlock();
  Result<ExecCredential> fresh = Run(ctx.WithTimeout(kLongestRun));
  lock.lock();
  running_ = false;
  credential_.reset();
  if (fresh) credential_ = *fresh;
  lock.unlock();
  changed_.notify_all();
  if (!fresh) return fresh.error().Wrap(what);
  return fresh;
}

void ExecPlugin::Refuse(const ExecCredential& credential) {
  const std::lock_guard lock(mutex_);
  if (credential_ == credential) credential_.reset();
}

Result<ExecCredential> ExecPlugin::Run(const Context& ctx) const {
  ProcessRequest request{.argv = {settings_.command}, .env = settings_.env};
  request.argv.insert(request.argv.end(), settings_.args.begin(), settings_.args.end());
  request.env["KUBERNETES_EXEC_INFO"] = info_;
  const Result<ProcessResult> result = RunProcess(ctx, request);
  if (!result) {
    Error error = result.error();
    if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kInvalidSpec;
    if (error.kind == ErrorKind::kInvalidSpec || error.kind == ErrorKind::kUnauthorized) {
      error.message += "; " + (settings_.install_hint.empty() ? "install it or correct exec.command"
                                                              : settings_.install_hint);
    }
    return error;
  }
  const std::string said = Tail(result->err);
  if (result->exit_code != 0) {
    return Error{ErrorKind::kUnauthorized,
                 "it ended with exit code " + std::to_string(result->exit_code) +
                     (said.empty() ? "" : ": " + said),
                 {}};
  }
  Result<ExecCredential> credential = ParseExecCredential(result->out, settings_.api_version);
  if (!credential && !said.empty())
    return Error{credential.error().kind, credential.error().message + ": " + said, {}};
  return credential;
}

}  // namespace vr::kube
