#include "listeners.h"

#include <external/base/asio.h>
#include <external/base/text.h>

namespace external::config {

namespace {

/// What a listener without a host means.
constexpr std::string_view this_computer = "127.0.0.1";
constexpr std::string_view everywhere = "::";

class Collection {
 public:
  explicit Collection(const Settings& settings) : settings_(settings) {}

  std::vector<Listener> run() {
    for (const auto& instance : settings_.instances) {
      if (instance.listen && !instance.comm_disable && instance.comm_type == CommType::tcp)
        add("External-" + instance.name, "Listen", instance.line, everywhere, *instance.listen);
    }
    for (const auto& at : settings_.smtp.listen) add("External", "SmtpListen", 0, this_computer, at);
    for (const auto& at : settings_.smtp.submission)
      add("External", "SubmissionListen", 0, this_computer, at);
    if (settings_.metrics_listen)
      add("External", "MetricsListen", 0, this_computer, *settings_.metrics_listen);
    for (const auto& share : settings_.shares) {
      const auto section = "Share " + share.name;
      for (const auto& at : share.listen) add(section, "Listen", share.line, this_computer, at);
      for (const auto& at : share.listen_raw) add(section, "ListenRaw", share.line, this_computer, at);
    }
    return std::move(all_);
  }

 private:
  void add(const std::string& section, const std::string& setting, int section_line,
           std::string_view without_host, const HostPort& at) {
    const int line = line_of(settings_.given, section, setting);
    const std::string_view host = at.host.empty()                       ? without_host
                                  : equal_no_case(at.host, "localhost") ? this_computer
                                                                        : at.host;
    all_.push_back({section, setting, line > 0 ? line : section_line, std::string(host), at.port});
  }

  const Settings& settings_;
  std::vector<Listener> all_;
};

/// Nothing for a name.
std::optional<asio::ip::address> address_of(const Listener& listener) {
  error_code error;
  auto address = asio::ip::make_address(listener.host, error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

bool is_same(const Listener& one, const Listener& other) {
  const auto first = address_of(one);
  const auto second = address_of(other);
  return first && second ? *first == *second : equal_no_case(one.host, other.host);
}

bool takes_in(const Listener& one, const Listener& other) {
  const auto all = address_of(one);
  const auto part = address_of(other);
  return all && part && all->is_unspecified() && (all->is_v6() || part->is_v4());
}

std::string owner_of(const Listener& listener) {
  return listener.setting + (listener.section == "External" ? "" : " of [" + listener.section + "]");
}

}  // namespace

std::vector<Listener> listeners_of(const Settings& settings) {
  return Collection(settings).run();
}

std::string place_of(const Listener& listener) {
  const bool is_v6 = listener.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + listener.host + "]" : listener.host) + ":" + listener.port;
}

std::string title_of(const Listener& listener) {
  return (listener.section == "External" ? "" : "[" + listener.section + "]: ") + listener.setting;
}

std::string conflict(const Listener& one, const Listener& other) {
  if (one.port != other.port) return {};
  const auto place = place_of(one);
  if (is_same(one, other)) return place + " is " + owner_of(other) + " already; choose another port";
  const auto beside = place_of(other) + ", " + owner_of(other);
  if (takes_in(one, other))
    return place + " takes in " + beside + "; choose another port, or the addresses one by one";
  if (takes_in(other, one)) return place + " is taken in by " + beside + "; choose another port";
  return {};
}

}  // namespace external::config
