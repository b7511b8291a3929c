// Puts load on a Kubernetes-compatible API server and prints what it measured as one JSON object.
// usage: api_load URL TOKEN CA_FILE VMS WATCHERS
// It creates VMs with eight writers, lists them, then changes a tenth of them below open watches.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <latch>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "net/curl_http_client.h"

namespace {

using Json = nlohmann::json;
using SteadyClock = std::chrono::steady_clock;
constexpr int kWriters = 8;
constexpr const char* kVms = "/apis/infra.virtrigaud.io/v1beta1/namespaces/default/virtualmachines";
constexpr std::string_view kSent = "\"bench/sent\":\"";

int64_t Nanoseconds() { return SteadyClock::now().time_since_epoch().count(); }

double Seconds(SteadyClock::time_point since) {
  return std::chrono::duration<double>(SteadyClock::now() - since).count();
}

// Milliseconds at a share of the sorted samples.
double Quantile(std::vector<double>& samples, double share) {
  if (samples.empty()) return -1;
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<size_t>(share * static_cast<double>(samples.size() - 1))];
}

struct Server {
  std::string url, token;
  std::shared_ptr<vr::net::HttpClient> client;

  vr::net::HttpRequest Request(const char* method, const std::string& path,
                               const std::string& body = "",
                               const char* type = "application/json") const {
    return {.method = method,
            .url = url + path,
            .headers = {{"Authorization", "Bearer " + token}, {"Content-Type", type}},
            .body = body};
  }
  // Retries where the server asks for it; anything else but success ends the program.
  std::string Call(const vr::net::HttpRequest& request) const {
    while (true) {
      const auto answer = client->Do(vr::Context().WithTimeout(std::chrono::minutes(2)), request);
      if (answer.ok() && answer->status < 300) return answer->body;
      if (answer.ok() && answer->status == 429) continue;
      std::cerr << request.method << " " << request.url << ": "
                << (answer.ok() ? answer->body : answer.error().message) << std::endl;
      std::exit(1);
    }
  }
};

std::string VmName(int index) { return "vm-" + std::to_string(index); }

std::string Vm(int index) {
  return Json{{"apiVersion", "infra.virtrigaud.io/v1beta1"},
              {"kind", "VirtualMachine"},
              {"metadata",
               {{"name", VmName(index)},
                {"labels", {{"app", "bench"}, {"shard", std::to_string(index % 16)}}}}},
              {"spec",
               {{"providerRef", {{"name", "lab"}}},
                {"classRef", {{"name", "small"}}},
                {"imageRef", {{"name", "debian"}}},
                {"powerState", "On"},
                {"networks", {{{"name", "front"}, {"networkRef", {{"name", "app"}}}}}},
                {"disks", {{{"name", "data"}, {"sizeGiB", 20}}}},
                {"userData", {{"cloudInit", {{"inline", "#cloud-config\nhostname: web\n"}}}}}}}}
      .dump();
}

// Calls work(i) for all i below `count`, on eight threads; the milliseconds of each.
template <class Work>
std::vector<double> InParallel(int count, const Work& work) {
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::vector<double> all;
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&] {
        std::vector<double> mine;
        for (int i = next++; i < count; i = next++) {
          const auto start = SteadyClock::now();
          work(i);
          mine.push_back(Seconds(start) * 1000);
        }
        const std::scoped_lock lock(mutex);
        all.insert(all.end(), mine.begin(), mine.end());
      });
    }
  }
  return all;
}

void Create(const Server& server, int vms, Json& figures) {
  const auto start = SteadyClock::now();
  auto times = InParallel(vms, [&](int i) { server.Call(server.Request("POST", kVms, Vm(i))); });
  figures["create_per_second"] = vms / Seconds(start);
  figures["create_p50_ms"] = Quantile(times, 0.5);
  figures["create_p99_ms"] = Quantile(times, 0.99);
}

// Returns the version of the list.
std::string List(const Server& server, int vms, Json& figures) {
  auto start = SteadyClock::now();
  const std::string all = server.Call(server.Request("GET", kVms));
  figures["list_all_ms"] = Seconds(start) * 1000;
  figures["list_all_bytes"] = all.size();
  start = SteadyClock::now();
  std::string next;
  int pages = 0;
  do {
    const std::string page =
        server.Call(server.Request("GET", std::string(kVms) + "?limit=500&continue=" + next));
    const Json meta = Json::parse(page)["metadata"];
    next = meta.value("continue", "");
    ++pages;
  } while (!next.empty());
  figures["list_pages_ms"] = Seconds(start) * 1000;
  figures["list_pages"] = pages;
  start = SteadyClock::now();
  const Json shard = Json::parse(
      server.Call(server.Request("GET", std::string(kVms) + "?labelSelector=shard%3D3")));
  figures["list_by_label_ms"] = Seconds(start) * 1000;
  if (static_cast<int>(shard["items"].size()) != (vms + 12) / 16) {
    std::cerr << "a label selector found " << shard["items"].size() << " objects" << std::endl;
    std::exit(1);
  }
  std::vector<double> gets;
  for (int i = 0; i < 200; ++i) {
    start = SteadyClock::now();
    server.Call(server.Request("GET", std::string(kVms) + "/" + VmName(i * (vms / 200))));
    gets.push_back(Seconds(start) * 1000);
  }
  figures["get_p50_ms"] = Quantile(gets, 0.5);
  return Json::parse(all)["metadata"]["resourceVersion"];
}

// One watcher: reads until it saw `expected` changes; the milliseconds from sending to seeing each.
std::vector<double> Watch(const Server& server, const std::string& version, int expected,
                          std::latch& opened) {
  std::vector<double> latencies;
  std::string rest;
  const auto request = server.Request(
      "GET", std::string(kVms) + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=600" +
                 "&resourceVersion=" + version);
  bool told = false;
  (void)server.client->Stream(
      vr::Context().WithTimeout(std::chrono::minutes(10)), request,
      [&](std::string_view chunk) -> vr::Status {
        if (!told) opened.count_down();
        told = true;
        rest += chunk;
        size_t begin = 0;
        for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
          const std::string_view line(rest.data() + begin, end - begin);
          const size_t at = line.find(kSent);
          if (at != std::string_view::npos) {
            const int64_t sent = std::strtoll(line.data() + at + kSent.size(), nullptr, 10);
            latencies.push_back(static_cast<double>(Nanoseconds() - sent) / 1e6);
          }
          begin = end + 1;
        }
        rest.erase(0, begin);
        if (static_cast<int>(latencies.size()) < expected) return {};
        return vr::Error{vr::ErrorKind::kCancelled, "enough", {}};
      });
  if (!told) opened.count_down();
  return latencies;
}

void ChangeBelowWatches(const Server& server, const std::string& version, int changes, int watchers,
                        Json& figures) {
  // Every watch begins before this change: who was told of it is open.
  server.Call(server.Request("PATCH", std::string(kVms) + "/" + VmName(0),
                             R"({"metadata":{"labels":{"first":"yes"}}})",
                             "application/merge-patch+json"));
  std::latch opened(watchers);
  std::mutex mutex;
  std::vector<double> latencies;
  std::vector<std::jthread> threads;
  for (int i = 0; i < watchers; ++i) {
    threads.emplace_back([&] {
      const auto mine = Watch(server, version, changes, opened);
      const std::scoped_lock lock(mutex);
      latencies.insert(latencies.end(), mine.begin(), mine.end());
    });
  }
  opened.wait();
  const auto start = SteadyClock::now();
  auto times = InParallel(changes, [&](int i) {
    const Json patch = {
        {"metadata", {{"annotations", {{"bench/sent", std::to_string(Nanoseconds())}}}}}};
    server.Call(server.Request("PATCH", std::string(kVms) + "/" + VmName(i), patch.dump(),
                               "application/merge-patch+json"));
  });
  figures["patch_per_second"] = changes / Seconds(start);
  figures["patch_p50_ms"] = Quantile(times, 0.5);
  threads.clear();
  figures["watch_events"] = latencies.size();
  figures["watch_events_missing"] = changes * watchers - static_cast<int>(latencies.size());
  figures["watch_seconds"] = Seconds(start);
  figures["watch_p50_ms"] = Quantile(latencies, 0.5);
  figures["watch_p99_ms"] = Quantile(latencies, 0.99);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: api_load URL TOKEN CA_FILE VMS WATCHERS" << std::endl;
    return 2;
  }
  std::ostringstream ca;
  ca << std::ifstream(argv[3]).rdbuf();
  auto client = vr::net::MakeCurlHttpClient({.ca_data = ca.str()});
  if (!client.ok()) {
    std::cerr << client.error().message << std::endl;
    return 1;
  }
  const Server server{argv[1], argv[2], std::move(*client)};
  const int vms = std::atoi(argv[4]);
  Json figures = {{"vms", vms}, {"watchers", std::atoi(argv[5])}};
  Create(server, vms, figures);
  const std::string version = List(server, vms, figures);
  ChangeBelowWatches(server, version, vms / 10, std::atoi(argv[5]), figures);
  std::cout << figures.dump() << std::endl;
}
