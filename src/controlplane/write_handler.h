// WriteHandler: requests that change something, from the HTTP request to the answer.
#pragma once

#include <optional>

#include "controlplane/access.h"
#include "controlplane/change_advice.h"
#include "controlplane/object_writer.h"
#include "controlplane/reader.h"
#include "controlplane/request.h"
#include "controlplane/status.h"
#include "net/http.h"

namespace vr::controlplane {

// Thread-safe.
class WriteHandler {
 public:
  // `advise` may be empty.
  WriteHandler(Storage& storage, ObjectWriter& writer, const AccessControl& access,
               const Clock& clock, ChangeAdvice advise)
      : storage_(storage),
        writer_(writer),
        access_(access),
        clock_(clock),
        advise_(std::move(advise)) {}

  // POST, PUT, PATCH and DELETE of a resource, for somebody who may do that.
  void Serve(const User& user, const ResourceRequest& target, const Query& query, Form form,
             const net::HttpRequest& request, net::ResponseWriter& out);

  // All methods of the scale subresource.
  void ServeScale(const ResourceRequest& target, const Query& query, Form form,
                  const net::HttpRequest& request, net::ResponseWriter& out);

 private:
  static WriteRequest RequestOf(const ResourceRequest& target, const Query& query,
                                const net::HttpRequest& request);
  std::optional<Failure> CheckRights(const User& user, const Resource& resource, const Json& live,
                                     const Json& object) const;
  std::optional<Failure> CheckNamespace(const Resource& resource, const std::string& ns,
                                        const std::string& name) const;
  Outcome<Written> Post(WriteRequest write, const Query& query, const net::HttpRequest& request);
  Outcome<Written> Put(WriteRequest write, const Query& query, const net::HttpRequest& request);
  Outcome<Written> Patch(WriteRequest write, const Query& query, const net::HttpRequest& request);
  Outcome<Written> Change(const User& user, WriteRequest write, const Query& query,
                          const net::HttpRequest& request);
  void ServeDelete(const ResourceRequest& target, const Query& query, Form form,
                   const WriteRequest& write, const net::HttpRequest& request,
                   net::ResponseWriter& out);
  Outcome<Written> Create(WriteRequest write, Json body);
  Outcome<Written> Delete(const WriteRequest& write, const Json& body);
  Outcome<Json> DeleteCollection(const ResourceRequest& target, const Query& query,
                                 const WriteRequest& write, const Json& options);
  void CollectGarbage(bool dry_run);

  Storage& storage_;
  ObjectWriter& writer_;
  const AccessControl& access_;
  const Clock& clock_;
  const ChangeAdvice advise_;
};

}  // namespace vr::controlplane
