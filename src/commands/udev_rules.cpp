#include "home.h"

#include <external/base/text.h>

#include <fmt/ostream.h>

#include <iostream>
#include <set>

namespace external::commands {

namespace {

constexpr std::string_view devices = "/dev/";

/// What udev calls a device: by its own name, or by one that another rule has given it.
std::string match_for(std::string_view name) {
  const bool is_own = name.starts_with("tty") && name.find('/') == std::string_view::npos;
  return fmt::format("{}==\"{}\"", is_own ? "KERNEL" : "SYMLINK", name);
}

/// Signs that mean something in a rule cannot be written in one.
void check_name(const std::string& instance, std::string_view name) {
  if (name.find_first_of("*?[]|\"\\ \t") == std::string_view::npos) return;
  throw Failure(Exit::config, "AsyncCommPort of " + instance + ", /dev/" + visible(name) +
                                  ", cannot be named in a rule; give it a plain name by a rule with SYMLINK");
}

std::set<std::string> ports_here(const config::Settings& settings) {
  std::set<std::string> names;
  for (const auto& instance : settings.instances) {
    if (instance.comm_type != config::CommType::async || !instance.async_comm_port.starts_with(devices))
      continue;
    const auto name = instance.async_comm_port.substr(devices.size());
    check_name(instance.name, name);
    names.insert(name);
  }
  return names;
}

Exit run_udev_rules(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  const auto ports = ports_here(settings);
  auto& out = invocation.world.out;
  fmt::print(out, "# Ports of {} that ModemManager is to leave alone; from {}\n", settings.home_po,
             settings.file.string());
  for (const auto& port : ports)
    fmt::print(out, "ACTION!=\"remove\", SUBSYSTEM==\"tty\", {}, ENV{{ID_MM_PORT_IGNORE}}=\"1\"\n",
               match_for(port));
  return Exit::ok;
}

}  // namespace

Command udev_rules_command() {
  return {
      "udev-rules",
      {""},
      "Print rules for udev that keep ModemManager off the ports",
      {},
      "For each port of this computer that external.ini names. Between the rules that name ports (60) and\n"
      "those of ModemManager (80), as root:\n\n"
      "  external udev-rules > /etc/udev/rules.d/78-external.rules\n"
      "  udevadm control --reload && udevadm trigger --subsystem-match=tty\n",
      run_udev_rules};
}

}  // namespace external::commands
