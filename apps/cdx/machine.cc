#include "machine.h"

#include "util/files.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <unistd.h>

namespace cdx {
namespace {

std::string processor() {
  const std::filesystem::path file = "/proc/cpuinfo";
  std::string model;
  if (!std::filesystem::exists(file)) return model;
  for_each_line(file, [&](std::string_view line, int64_t) {
    if (!model.empty() || !line.starts_with("model name")) return;
    model = line.substr(line.find(':') + 2);
  });
  return model;
}

}  // namespace

Json describe_machine(const Placement& placement) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  Json machine = {{"host", host.data()},
                  {"processor", processor()},
                  {"cores", std::thread::hardware_concurrency()},
                  {"device", placement.device},
                  {"dtype", placement.dtype},
                  {"threads", placement.threads},
                  {"pid", getpid()}};
  for (const char* name : {"SLURM_JOB_ID",
                           "SLURM_ARRAY_JOB_ID",
                           "SLURM_ARRAY_TASK_ID",
                           "SLURM_RESTART_COUNT"}) {
    if (const char* value = std::getenv(name)) machine[name] = value;
  }
  return machine;
}

}  // namespace cdx
