#include "commands.h"
#include "metrics/metric.h"

#include <fmt/format.h>

namespace cdx {
namespace {

void print_list() {
  for (const MetricDescriptor& metric : metric_table()) {
    fmt::print("{:28} {:24} {:5} {}\n",
               metric.name,
               to_string(metric.direction),
               to_string(metric.level),
               metric.definition);
  }
}

// docs/metrics.md's table.
void print_markdown() {
  fmt::print(
      "| metric | a higher value is | level | unit | definition | source | "
      "cost | version |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const MetricDescriptor& metric : metric_table()) {
    fmt::print("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
               metric.name,
               meaning_of(metric.direction),
               to_string(metric.level),
               metric.unit,
               metric.definition,
               metric.source,
               metric.cost,
               metric.version);
  }
}

}  // namespace

void add_metrics_command(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("metrics", "list the metrics and what they say");
  command->footer("Example: cdx metrics");
  auto markdown = std::make_shared<bool>(false);
  command->add_flag("--markdown", *markdown, "as the table of docs/metrics.md");
  command->callback([markdown, &status] {
    *markdown ? print_markdown() : print_list();
    status = 0;
  });
}

}  // namespace cdx
