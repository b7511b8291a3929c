// Kubernetes Status objects in the API server's wording.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/admission.h"
#include "controlplane/resource.h"
#include "net/http.h"

namespace vr::controlplane {

using Json = nlohmann::json;

// A refusal: the HTTP code and the Status object. Travels as a value; the handler sends it.
struct Failure {
  int code = 500;
  std::string reason;
  std::string message;
  std::shared_ptr<const Json> details;  // may be null
  std::vector<std::string> warnings;    // what was found before it
};

Json StatusObject(const Failure& failure);
// The value of a Warning header.
std::string WarningHeader(const std::string& text);
net::HttpResponse StatusResponse(const Failure& failure);

// What is sent where not even a group or a resource answers: plain text, no Status.
net::HttpResponse PageNotFound();

// The Status of a successful deletion.
Json Deleted(const Resource& resource, const std::string& name, const std::string& uid);

Failure NotFound(const Resource& resource, const std::string& name);
Failure AlreadyExists(const Resource& resource, const std::string& name);
Failure Conflict(const Resource& resource, const std::string& name, const std::string& why);
// The same, for preconditions: it names the kind.
Failure ConflictOfKind(const Resource& resource, const std::string& name, const std::string& why);
Failure Invalid(const Resource& resource, const std::string& name,
                const std::vector<api::FieldError>& errors);
// For an object of one of our groups sent to another kind's path.
Failure WrongKind(const Resource& resource, const std::string& kind, const std::string& name,
                  const std::vector<api::FieldError>& more = {});
// For a patch whose result, `patched`, does not decode.
Failure InvalidPatch(const Json& patched, const std::string& why);
// For a PUT without metadata.resourceVersion where it is needed.
Failure InvalidUpdate(const Resource& resource, const std::string& name);
// Errors in a request's parameters; `kind` is "CreateOptions" and the like.
Failure InvalidOptions(const std::string& kind, const std::vector<api::FieldError>& errors);
// A refusal of the server as a whole rather than of one kind: with empty details.
Failure Generic(int code, const std::string& reason, const std::string& message);
Failure MethodNotAllowed();
Failure UnknownResource();
// For bodies whose JSON has the wrong types: "... cannot be handled as a ...: why".
Failure NotDecodable(const Resource& resource, const std::string& why);
// 406: none of what the client accepts is served.
Failure NotAcceptable(const std::string& served);
Failure BadRequest(const std::string& message);
Failure Forbidden(const Resource& resource, const std::string& name, const std::string& why);
// For a method that a resource does not have.
Failure NotSupported(const Resource& resource, const std::string& method);
Failure Simple(int code, const std::string& reason, const std::string& message);

inline constexpr const char* kModifiedMeanwhile =
    "the object has been modified; please apply your changes to the latest version and try again";

// A value or a refusal.
template <class T>
class Outcome {
 public:
  Outcome(T value)
      : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): like Result
  Outcome(Failure failure)
      : failure_(std::move(failure)) {}  // NOLINT(google-explicit-constructor): like Result
  explicit operator bool() const { return value_.has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  const Failure& failure() const { return failure_; }

 private:
  std::optional<T> value_;
  Failure failure_;
};

}  // namespace vr::controlplane
