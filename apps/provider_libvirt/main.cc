// virtrigaud-provider-libvirt: serves one libvirt host to a manager.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "net/curl_http_client.h"
#include "provider_common/provider_program.h"
#include "providers/libvirt/provider.h"

namespace {

using vr::Result;
using vr::apps::ProviderSurroundings;
using vr::apps::ValueOr;

const vr::apps::ProviderDescription& Description() {
  static const vr::apps::ProviderDescription kDescription = {
      .program = "virtrigaud-provider-libvirt",
      .type = "libvirt",
      .summary = "VMs on one libvirt host",
      .variables = {{"PROVIDER_ENDPOINT", "qemu:///system", "libvirt URI of the host"},
                    {"PROVIDER_CREDENTIALS_DIR", "/etc/virtrigaud/credentials",
                     "files username and password, for connections that ask"},
                    {"LIBVIRT_USERNAME", "", "instead of the file username"},
                    {"LIBVIRT_PASSWORD", "", "instead of the file password"},
                    {"LIBVIRT_POOL", "default", "storage pool of disks and images"},
                    {"LIBVIRT_POOL_PATH", "/var/lib/libvirt/images",
                     "where that pool is made if it is missing"}},
      .example =
          "VIRTRIGAUD_PROVIDER_INSECURE=true PROVIDER_LISTEN=127.0.0.1:9443 "
          "PROVIDER_ENDPOINT=qemu:///system virtrigaud-provider-libvirt"};
  return kDescription;
}

// The first line of a credential file; empty without one.
std::string Credential(const std::string& folder, const std::string& name) {
  std::ifstream file(std::filesystem::path(folder) / name);
  std::string line;
  std::getline(file, line);
  return line;
}

vr::libvirt::ProviderOptions LibvirtOptions(const ProviderSurroundings& around) {
  const vr::apps::Environment& environment = around.environment;
  const std::string folder =
      ValueOr(environment("PROVIDER_CREDENTIALS_DIR"), "/etc/virtrigaud/credentials");
  vr::libvirt::ProviderOptions options;
  options.connection.uri = ValueOr(around.settings.endpoint, "qemu:///system");
  options.connection.username =
      ValueOr(environment("LIBVIRT_USERNAME"), Credential(folder, "username"));
  options.connection.password =
      ValueOr(environment("LIBVIRT_PASSWORD"), Credential(folder, "password"));
  options.pool.name = ValueOr(environment("LIBVIRT_POOL"), options.pool.name);
  options.pool.path = ValueOr(environment("LIBVIRT_POOL_PATH"), options.pool.path);
  return options;
}

class HostedLibvirt final : public vr::apps::HostedProvider {
 public:
  HostedLibvirt(std::shared_ptr<vr::net::HttpClient> http, const ProviderSurroundings& around)
      : http_(std::move(http)),
        provider_(LibvirtOptions(around),
                  {loop_, around.tasks, around.hub, http_.get(), vr::SystemClock()}) {}

  vr::sdk::Provider& provider() override { return provider_; }
  vr::Status Start(const vr::Context&) override {
    provider_.Start();
    return {};
  }
  void Stop() override { provider_.Stop(); }

 private:
  std::shared_ptr<vr::net::HttpClient> http_;
  vr::libvirt::EventLoop loop_;
  vr::libvirt::LibvirtProvider provider_;
};

}  // namespace

int main(int argc, char** argv) {
  return vr::apps::RunProviderProgram(
      argc, argv, Description(), {},
      [](const ProviderSurroundings& around) -> Result<std::unique_ptr<vr::apps::HostedProvider>> {
        VR_ASSIGN_OR_RETURN(auto http, vr::net::MakeCurlHttpClient({}));
        return std::unique_ptr<vr::apps::HostedProvider>(
            std::make_unique<HostedLibvirt>(std::move(http), around));
      });
}
