#include "options.h"

#include "file.h"

#include <external/base/text.h>

#include <boost/any.hpp>
#include <boost/program_options/value_semantic.hpp>

#include <functional>
#include <utility>

namespace external::config {

namespace po = boost::program_options;
using std::filesystem::path;

namespace {

using Value = po::typed_value<std::string>;

Value* setting(std::function<void(const std::string&)> take) {
  return po::value<std::string>()->notifier(std::move(take));
}

Value* text(std::string& to) {
  return setting([&to](const std::string& value) { to = value; });
}

Value* flag(bool& to) {
  return setting([&to](const std::string& value) { to = parse_flag(value); });
}

Value* number(unsigned& to, unsigned long least, unsigned long greatest) {
  return setting([&to, least, greatest](const std::string& value) {
    to = static_cast<unsigned>(parse_number(value, least, greatest));
  });
}

template <class Number>
Value* kilobytes(Number& to) {
  return setting([&to](const std::string& value) { to = parse_number(value, 0, 1UL << 50); });
}

template <class Duration>
Value* duration(Duration& to, std::chrono::seconds least) {
  return setting([&to, least](const std::string& value) {
    const auto parsed = parse_duration(value);
    if (parsed < least) throw BadValue("expected at least " + to_text(least));
    to = parsed;
  });
}

Value* file_path(path& to, const path& folder) {
  return setting([&to, folder](const std::string& value) {
    if (value.empty()) throw BadValue("expected a path");
    to = (folder / value).lexically_normal();
  });
}

template <class Parse, class Target>
Value* parsed(Target& to, Parse parse) {
  return setting([&to, parse](const std::string& value) { to = parse(value); });
}

template <class Choice>
Value* choice(Choice& to, std::vector<std::pair<std::string, Choice>> known) {
  return setting([&to, known = std::move(known)](const std::string& value) {
    std::string names;
    for (const auto& [name, meaning] : known) {
      if (equal_no_case(name, value)) {
        to = meaning;
        return;
      }
      names += (names.empty() ? "" : " or ") + name;
    }
    throw BadValue("expected " + names);
  });
}

// 0 switches off what would else happen at least every `least`.
Value* interval_or_never(std::chrono::seconds& to, std::chrono::seconds least) {
  return setting([&to, least](const std::string& value) {
    const auto parsed = value == "0" ? std::chrono::seconds(0) : parse_duration(value);
    if (parsed.count() != 0 && parsed < least)
      throw BadValue("expected 0 for never, or at least " + to_text(least));
    to = parsed;
  });
}

Value* instance_list(std::vector<std::string>& to) {
  return setting([&to](const std::string& value) {
    std::vector<std::string> names;
    for (const auto& part : split(value, ',')) names.push_back(parse_instance_name(trim(part)));
    to = std::move(names);
  });
}

Value* domain_list(std::vector<std::string>& to) {
  return setting([&to](const std::string& value) {
    for (const auto& part : split(value, ',')) {
      const auto domain = to_lower(trim(part));
      const bool good =
          domain.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
      if (domain.empty() || !good || domain.front() == '.' || domain.back() == '.') {
        throw BadValue("expected domain names such as clinic.example, separated by commas");
      }
      to.push_back(domain);
    }
  });
}

Value* route(PostOffice& to) {
  return setting([&to](const std::string& value) {
    const auto blank = value.find_first_of(" \t");
    const auto kind = value.substr(0, blank);
    const bool has_hub = blank != std::string::npos;
    if (equal_no_case(kind, "Direct") && !has_hub) {
      to.route = Route::direct;
    } else if (equal_no_case(kind, "Indirect") && has_hub) {
      to.route = Route::indirect;
      to.hub = parse_post_office_name(trim(std::string_view(value).substr(blank)));
    } else {
      throw BadValue("expected Direct or Indirect NETWORK/POSTOFFICE");
    }
  });
}

// `<SCRIPT number` gives one post office a modem script of its own.
Value* phone(PostOffice& to) {
  return setting([&to](const std::string& value) {
    if (value.empty()) throw BadValue("expected a telephone number, or <SCRIPT number");
    if (value.front() != '<') {
      to.phone = value;
      return;
    }
    const auto blank = value.find_first_of(" \t");
    to.script = value.substr(1, blank == std::string::npos ? blank : blank - 1);
    if (to.script.empty()) throw BadValue("expected the name of a script right after '<'");
    to.phone = blank == std::string::npos ? "" : std::string(trim(std::string_view(value).substr(blank)));
  });
}

Value* password(std::string& to) {
  return setting([&to](const std::string& value) {
    if (value.empty()) throw BadValue("the password is empty");
    to = value;
  });
}

Value* password_file(std::string& to, const path& folder) {
  return setting([&to, folder](const std::string& value) {
    const path name = folder / value;
    SmallFile file;
    try {
      file = read_small_file(name);
    } catch (const std::runtime_error& error) {
      throw BadValue(error.what());
    }
    if (file.others_can_read) throw BadValue("other users can read it; run: chmod 600 " + name.string());
    to = file.text.substr(0, file.text.find_first_of("\r\n"));
    if (to.empty()) throw BadValue("its first line, the password, is empty");
  });
}

}  // namespace

po::options_description global_options(Settings& to, const path& folder) {
  using std::chrono::seconds;
  po::options_description options("[External]");
  // clang-format off
  options.add_options()
      ("HomePO", parsed(to.home_po, parse_post_office_name), "the post office served here, NETWORK/POSTOFFICE")
      ("Domain", domain_list(to.domains), "mail domains of the home post office, separated by commas")
      ("LogSession", file_path(to.log_session, folder), "the session log; default log/Session.log")
      ("LogVerbose", flag(to.log_verbose), "write more to the session log")
      ("DebugXCSI", flag(to.debug_xcsi), "log what goes to modems and comes from them, and the counters of each call")
      ("UsefulLife", duration(to.useful_life, seconds(60)), "how long mail may wait; default 1d")
      ("UsefulLifeUrgent", duration(to.useful_life_urgent, seconds(60)), "how long urgent mail may wait; default 2h")
      ("HopCount", number(to.hop_count, 1, 255), "post offices a message may pass; default 10")
      ("MinKDiskFull", kilobytes(to.min_k_disk_full), "KB free, below which the disk is full and no mail is taken; default 32768")
      ("MinKDiskNotFull", kilobytes(to.min_k_disk_not_full), "KB free, from which mail is taken again; default twice MinKDiskFull");
  // clang-format on
  return options;
}

po::options_description instance_options(Instance& to, const path& folder) {
  using std::chrono::seconds;
  po::options_description options("[External-NAME], or [External] for every instance");
  // clang-format off
  options.add_options()
      ("CommType", choice<CommType>(to.comm_type, {{"Async", CommType::async}, {"Tcp", CommType::tcp}}),
       "Async (a modem or a serial cable, the default) or Tcp")
      ("AsyncCommPort", text(to.async_comm_port), "a tty, rfc2217://host:port or tcp://host:port")
      ("AsyncSpeed", parsed(to.async_speed, parse_speed), "bits per second between computer and modem; default 57600")
      ("CommScript", text(to.comm_script), "modem script, without .MDM; default GENERIC")
      ("DialMode", choice<DialMode>(to.dial_mode, {{"T", DialMode::tone}, {"P", DialMode::pulse}}),
       "T (tone, the default) or P (pulse)")
      ("Listen", parsed(to.listen, parse_host_port), "where a Tcp instance answers, HOST:PORT")
      ("NumberOfRings", number(to.number_of_rings, 0, 20), "rings before a call is answered, 0 to 20; default 1")
      ("CarrierDetect", flag(to.carrier_detect), "no: the cable has no DCD, or the modem forces it; default yes")
      ("IdleCheck", interval_or_never(to.idle_check, seconds(10)),
       "how often an idle modem is asked whether it is there; 0: never; default 5m")
      ("CommInOnly", flag(to.comm_in_only), "never dial")
      ("CommOutOnly", flag(to.comm_out_only), "never answer")
      ("CommDisable", flag(to.comm_disable), "do not start this instance")
      ("LockFolder", file_path(to.lock_folder, folder), "where lock files of ports live; default /run/lock")
      ("StopTimeout", duration(to.stop_timeout, seconds(1)), "longest time a stop may take; default 15s")
      ("Encryption", flag(to.encryption), "no: calls can be read by others, as some radio bands demand; default yes")
      ("LineReliable", flag(to.line_reliable), "yes: the line itself repeats what gets lost (V.42, ARQ); default no")
      ("HalfDuplex", flag(to.half_duplex), "yes: only one end can send at a time; default no")
      ("RetryInterval", duration(to.retry_interval, seconds(1)), "pause after a failed attempt, up to twice that; default 1m")
      ("RejectPause", duration(to.reject_pause, seconds(1)), "pause after a modem refused to dial a number; default 1h")
      ("RetryRules", choice<RetryRules>(to.retry_rules, {{"3.2", RetryRules::v3_2}, {"2.1", RetryRules::v2_1}}),
       "which failed calls use up Retries: 3.2 (all but DIAL_REJECT, the default) or 2.1 (NO ANSWER neither)")
      ("Standstill", duration(to.standstill, seconds(60)), "a call in which no mail moves for so long ends; default 10m");
  // clang-format on
  return options;
}

po::options_description post_office_options(PostOffice& to, const path& folder) {
  using std::chrono::seconds;
  po::options_description options("[PostOffice NETWORK/POSTOFFICE]");
  // clang-format off
  options.add_options()
      ("Route", route(to), "Direct (the default), or Indirect NETWORK/POSTOFFICE with the hub it is reached through")
      ("Instance", instance_list(to.instances), "instances that call it, separated by commas; default: all that can")
      ("Phone", phone(to), "number to dial, or <SCRIPT number for a script of its own; for Async")
      ("Address", parsed(to.address, parse_host_port), "HOST:PORT; for Tcp")
      ("Password", password(to.password), "shared by both post offices")
      ("PasswordFile", password_file(to.password, folder), "a file whose first line is the password")
      ("Regular", duration(to.regular, seconds(1)), "pause between the end of a call and the next one")
      ("Intervals", parsed(to.intervals, parse_windows), "times of day it may be called: 01:00-05:00, 12:00-12:30")
      ("Retries", number(to.retries, 1, 255), "attempts that fail before mail is returned; default 3");
  // clang-format on
  return options;
}

// Not Boost's own search, which takes beginnings of names as well and throws at an empty one.
const po::option_description* find_option(const po::options_description& options, const std::string& name) {
  for (const auto& option : options.options()) {
    if (equal_no_case(option->long_name(), name)) return option.get();
  }
  return nullptr;
}

void assign(const po::option_description& option, const std::string& value) {
  boost::any holder;
  option.semantic()->parse(holder, {value}, false);  // as it is: UTF-8 stays UTF-8 in every locale
  option.semantic()->notify(holder);
}

std::vector<std::string> names_of(const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back(option->long_name());
  return names;
}

}  // namespace external::config
