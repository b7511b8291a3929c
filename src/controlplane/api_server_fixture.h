// An ApiServer in memory, for the tests of what it answers.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "controlplane/api_server.h"
#include "testing/fake_clock.h"

namespace vr::controlplane {

using Json = nlohmann::json;

// Collects an answer; a watch ends after the first `limit` lines.
class Recorder final : public net::ResponseWriter {
 public:
  Status Send(net::HttpResponse response) override {
    answer = std::move(response);
    return {};
  }
  Status Start(int status, net::Headers) override {
    answer.status = status;
    return {};
  }
  Status Write(std::string_view chunk) override {
    answer.body += chunk;
    if (--limit > 0) return {};
    return Error{ErrorKind::kCancelled, "enough", {}};
  }
  net::HttpResponse answer;
  int limit = 1;
};

inline constexpr const char* kVms =
    "/apis/infra.virtrigaud.io/v1beta1/namespaces/default/virtualmachines";

class ApiServerTest : public ::testing::Test {
 protected:
  net::HttpResponse Call(const std::string& method, const std::string& url,
                         const Json& body = nullptr, const std::string& type = "application/json",
                         int lines = 1) {
    return Send({.method = method,
                 .url = url,
                 .headers = {{"Content-Type", type}, {"User-Agent", "test/1"}},
                 .body = body.is_null() ? "" : body.dump()},
                lines);
  }
  // A watch ends after `lines`, or when it would wait and `stop` is requested.
  net::HttpResponse Send(const net::HttpRequest& request, int lines = 1,
                         std::stop_token stop = {}) {
    Recorder out;
    out.limit = lines;
    server_->Handle(Context(std::move(stop), clock_).WithTimeout(std::chrono::seconds(1)), {},
                    request, out);
    return out.answer;
  }
  static Json Body(const net::HttpResponse& response) { return Json::parse(response.body); }
  static Json Vm(const std::string& name) {
    return {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
            {"kind", "VirtualMachine"},
            {"metadata", {{"name", name}}},
            {"spec",
             {{"providerRef", {{"name", "p"}}},
              {"classRef", {{"name", "c"}}},
              {"imageRef", {{"name", "i"}}}}}};
  }
  Json Create(const std::string& name, const Json& meta = Json::object()) {
    Json vm = Vm(name);
    vm["metadata"].update(meta);
    return Body(Call("POST", kVms, vm));
  }

  testing::FakeClock clock_;
  std::unique_ptr<ApiServer> server_ = ApiServer::Open({.trust_everybody = true}, clock_).value();
};

}  // namespace vr::controlplane
