// Serves the embedded control plane until stdin ends: for tests that need it without a manager.
// usage: controlplane_serve DATA_DIR
#include <iostream>
#include <string>

#include "controlplane/control_plane.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: controlplane_serve DATA_DIR\n";
    return 2;
  }
  auto plane = vr::controlplane::ControlPlane::Start({.data_dir = argv[1]});
  if (!plane) {
    std::cerr << plane.error().message << "\n";
    return 1;
  }
  std::cout << (*plane)->kubeconfig_path().string() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  return 0;
}
