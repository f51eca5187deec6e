#include "commands.h"
#include "util/errors.h"

#include <cstdio>
#include <exception>
#include <new>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

constexpr int kUserMistake = 2;
constexpr int kWorldMistake = 1;

// CLI11's own codes (104, 109 …) become 2; --help and --version are 0.
int parse_status(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error) == 0 ? 0 : kUserMistake;
}

int run(int argc, char** argv) {
  CLI::App app{
      "cdx: how much diversity a post-trained language model loses, "
      "and how much of it decoding gives back"};
  app.set_version_flag("--version", CDX_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  int status = 0;
  cdx::add_commands(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_status(app, error);
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const cdx::Error& error) {
    fmt::print(stderr, "cdx: {}\n", error.what());
    return error.exit_status();
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "cdx: out of memory; use fewer rows (generation.batch_size) or "
               "a machine with more\n");
    return kWorldMistake;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cdx: {}\n", error.what());
    return kWorldMistake;
  }
}
