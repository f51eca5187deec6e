#pragma once

#include <CLI/CLI.hpp>

// One function a command: it declares the command's options and what happens
// when it is given. `status` receives the exit status.
namespace cdx {

// Exit status of a command that was asked to stop and can be resumed
// (EX_TEMPFAIL: SLURM scripts requeue on it).
constexpr int kResumable = 75;

void add_run_command(CLI::App& app, int& status);
void add_generate_command(CLI::App& app, int& status);
void add_score_command(CLI::App& app, int& status);
void add_measure_command(CLI::App& app, int& status);
void add_report_command(CLI::App& app, int& status);
void add_export_command(CLI::App& app, int& status);
void add_plan_command(CLI::App& app, int& status);
void add_status_command(CLI::App& app, int& status);
void add_inspect_command(CLI::App& app, int& status);
void add_metrics_command(CLI::App& app, int& status);

inline void add_commands(CLI::App& app, int& status) {
  add_run_command(app, status);
  add_generate_command(app, status);
  add_score_command(app, status);
  add_measure_command(app, status);
  add_report_command(app, status);
  add_export_command(app, status);
  add_plan_command(app, status);
  add_status_command(app, status);
  add_inspect_command(app, status);
  add_metrics_command(app, status);
}

}  // namespace cdx
