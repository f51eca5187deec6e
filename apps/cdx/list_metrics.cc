#include "commands.h"
#include "metrics/metric.h"

#include <fmt/format.h>

namespace cdx {

void add_metrics_command(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("metrics", "list the metrics and what they say");
  command->footer("Example: cdx metrics");
  command->callback([&status] {
    for (const MetricDescriptor& metric : metric_table()) {
      fmt::print("{:24} {:24} {:5} {}\n",
                 metric.name,
                 to_string(metric.direction),
                 to_string(metric.level),
                 metric.definition);
    }
    status = 0;
  });
}

}  // namespace cdx
