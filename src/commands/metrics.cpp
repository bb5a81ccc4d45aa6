#include "command.h"
#include "home.h"

#include <ostream>

namespace external::commands {

namespace {

constexpr auto metrics_patience = std::chrono::seconds(10);

Exit run_metrics(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  const auto reply = connect_to_running(settings).request({{"command", "metrics"}}, metrics_patience);
  invocation.world.out << std::string_view(reply.at("text").as_string());
  return Exit::ok;
}

}  // namespace

Command metrics_command() {
  return {"metrics",
          {""},
          "Print what the running External counts, for Prometheus",
          {},
          "The text format 0.0.4, as MetricsListen tells it by HTTP; docs/metrics.md explains each.\n",
          run_metrics};
}

}  // namespace external::commands
