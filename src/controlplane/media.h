// Media types: in which form a client wants its answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/http.h"

namespace vr::controlplane {

// How the client wants objects: as they are, as table rows, or their metadata only. A list of
// metadata has a name of its own.
enum class Form { kObject, kTable, kMetadata, kMetadataList };

// Media types have no case.
std::string ContentTypeOf(const net::HttpRequest& request, const std::string& by_default = "");

// The first form in an Accept header that is served; none: 406.
std::optional<Form> WantedForm(const std::string& accept);
// True if that form is wanted as YAML.
bool WantsYaml(const std::string& accept);
// True if it is a table or metadata of meta.k8s.io/v1beta1, which is what clients before 1.15 know.
bool WantsOldMeta(const std::string& accept);

// The first media type in an Accept header that is among the served ones; none: 406.
std::optional<std::string> AcceptedType(const std::string& accept,
                                        const std::vector<std::string>& served);

// Turns JSON answers into YAML ones; streams stay what they are.
class YamlWriter final : public net::ResponseWriter {
 public:
  explicit YamlWriter(net::ResponseWriter& out) : out_(out) {}

  Status Send(net::HttpResponse response) override;
  Status Start(int status, net::Headers headers) override {
    return out_.Start(status, std::move(headers));
  }
  Status Write(std::string_view chunk) override { return out_.Write(chunk); }

 private:
  net::ResponseWriter& out_;
};

// Names tables and metadata in JSON answers and streams as meta.k8s.io/v1beta1 did; they are the
// same otherwise. Each Write is one event of a watch.
class OldMetaWriter final : public net::ResponseWriter {
 public:
  explicit OldMetaWriter(net::ResponseWriter& out) : out_(out) {}

  Status Send(net::HttpResponse response) override;
  Status Start(int status, net::Headers headers) override {
    return out_.Start(status, std::move(headers));
  }
  Status Write(std::string_view chunk) override;

 private:
  net::ResponseWriter& out_;
};

// What 406 and 415 say is served.
inline constexpr const char* kMediaTypes =
    "application/json, application/yaml, application/vnd.kubernetes.protobuf";
inline constexpr const char* kStreamTypes =
    "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

}  // namespace vr::controlplane
