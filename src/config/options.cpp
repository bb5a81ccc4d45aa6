#include "options.h"

#include "file.h"

#include <external/base/text.h>
#include <external/config/way.h>
#include <external/unicode/domain.h>

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

Value* number(std::optional<unsigned>& to, unsigned long least, unsigned long greatest) {
  return setting([&to, least, greatest](const std::string& value) {
    to = static_cast<unsigned>(parse_number(value, least, greatest));
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

Value* minutes(std::optional<std::chrono::minutes>& to) {
  return setting(
      [&to](const std::string& value) { to = std::chrono::minutes(parse_number(value, 1, 1440)); });
}

Value* count(std::optional<unsigned>& to) {
  return setting(
      [&to](const std::string& value) { to = static_cast<unsigned>(parse_number(value, 1, 1000000)); });
}

Value* size(std::optional<std::uint64_t>& to) {
  return setting([&to](const std::string& value) { to = parse_size(value); });
}

// 0 switches off what a size or a time would bring about.
Value* size_or_never(std::optional<std::uint64_t>& to, std::uint64_t least) {
  return setting([&to, least](const std::string& value) {
    to.reset();
    if (value == "0") return;
    const auto parsed = parse_size(value);
    if (parsed < least) throw BadValue("expected 0 for never, or at least " + size_text(least));
    to = parsed;
  });
}

Value* age_or_never(std::optional<std::chrono::seconds>& to) {
  return setting([&to](const std::string& value) {
    using namespace std::chrono;
    to.reset();
    if (value == "0") return;
    if (equal_no_case(value, "daily")) {
      to = days(1);
    } else if (equal_no_case(value, "weekly")) {
      to = weeks(1);
    } else {
      const auto parsed = parse_duration(value);
      if (parsed < hours(1)) throw BadValue("expected daily, weekly, 0 for never, or at least 1h");
      to = parsed;
    }
  });
}

Value* limit_or_none(std::optional<std::chrono::seconds>& to) {
  return setting([&to](const std::string& value) {
    to.reset();
    if (value != "0") to = parse_duration(value);
  });
}

Value* perhaps(std::optional<bool>& to) {
  return setting([&to](const std::string& value) { to = parse_flag(value); });
}

Value* large_count(std::optional<std::uint64_t>& to, unsigned long most) {
  return setting([&to, most](const std::string& value) { to = parse_number(value, 1, most); });
}

// May be given again: groups have many members.
Value* member_list(std::vector<std::string>& to) {
  return setting([&to](const std::string& value) {
    for (const auto& part : split(value, ',')) {
      if (trim(part).empty()) throw BadValue("expected mailboxes, groups or addresses, separated by commas");
      to.emplace_back(trim(part));
    }
  });
}

Value* instance_list(std::vector<std::string>& to) {
  return setting([&to](const std::string& value) {
    std::vector<std::string> names;
    for (const auto& part : split(value, ',')) names.push_back(parse_instance_name(trim(part)));
    to = std::move(names);
  });
}

/// A port alone is one of this computer.
HostPort parse_place(std::string_view text) {
  const bool port_alone = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  return parse_host_port(port_alone ? ":" + std::string(text) : std::string(text));
}

Value* address_list(std::vector<HostPort>& to) {
  return setting([&to](const std::string& value) {
    for (const auto& part : split(value, ',')) to.push_back(parse_place(trim(part)));
  });
}

Value* network_list(std::vector<std::string>& to) {
  return setting([&to](const std::string& value) {
    to.clear();
    for (const auto& part : split(value, ',')) {
      const auto network = to_lower(trim(part));
      if (network.empty() || network.find_first_not_of("0123456789abcdef.:/") != std::string::npos)
        throw BadValue("expected addresses and networks such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32");
      to.push_back(network);
    }
  });
}

Value* domain_list(std::vector<std::string>& to) {
  return setting([&to](const std::string& value) {
    for (const auto& part : split(value, ',')) {
      const auto domain = unicode::ascii_domain(trim(part));
      if (!domain) throw BadValue("expected domain names such as clinic.example, separated by commas");
      to.push_back(*domain);
    }
  });
}

// Which names mailboxes may have in the end, addresses decide.
Value* mailbox_name(std::string& to) {
  return setting([&to](const std::string& value) {
    if (value.empty() || value.find_first_of("/@ \t") != std::string::npos)
      throw BadValue("expected the name of a mailbox of HomePO, such as ANNA");
    to = value;
  });
}

Value* deliver(std::string& to) {
  return setting([&to](const std::string& value) {
    if (!is_maildir(value)) parse_way(value);
    to = trim(value);
  });
}

// A way to a post office, where Maildirs are no answer.
Value* deliver_there(std::string& to) {
  return setting([&to](const std::string& value) {
    if (is_maildir(value))
      throw BadValue("mailboxes elsewhere are no Maildirs here; name a way out, or remove it");
    parse_way(value);
    to = trim(value);
  });
}

Value* system_group(std::string& to) {
  return setting([&to](const std::string& value) {
    if (value.empty() || value.find_first_of("/: \t") != std::string::npos)
      throw BadValue("expected the name of a group of this computer, such as operators");
    to = value;
  });
}

// A post office has one '/', and no ':' or '|'.
Value* gateway(std::string& to) {
  return setting([&to](const std::string& value) {
    const bool is_office = value.find_first_of(":|") == std::string::npos;
    if (is_office) {
      to = parse_post_office_name(value);
      return;
    }
    parse_way(value);
    to = trim(value);
  });
}

// A program with its arguments.
Value* command(std::string& to) {
  return setting([&to](const std::string& value) {
    parse_command(value);
    to = trim(value);
  });
}

// Judged by those who know addresses.
Value* address(std::string& to) {
  return setting([&to](const std::string& value) {
    if (value.empty()) throw BadValue("expected an address, such as anna or bert@hub.south");
    to = value;
  });
}

// NAME: ADDRESS, ADDRESS. The addresses are judged by those who know addresses.
Value* alias_list(std::vector<Alias>& to) {
  return setting([&to](const std::string& value) {
    const auto colon = value.find(':');
    Alias alias;
    alias.name = trim(std::string_view(value).substr(0, colon));
    if (colon == std::string::npos || alias.name.empty())
      throw BadValue("expected NAME: ADDRESS, ADDRESS, as info: anna, bert@hub.south");
    for (const auto& part : split(std::string_view(value).substr(colon + 1), ',')) {
      if (trim(part).empty()) throw BadValue("expected addresses behind the name, separated by commas");
      alias.members.emplace_back(trim(part));
    }
    to.push_back(std::move(alias));
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
      ("Domain", domain_list(to.domains), "mail domains of the home post office, separated by commas; may be given again")
      ("Alias", alias_list(to.aliases), "NAME: ADDRESS, ADDRESS; another name for mailboxes here or elsewhere; may be given again")
      ("CatchAll", address(to.catch_all), "who gets mail for mailboxes that do not exist here; default: nobody, it is refused")
      ("DataFolder", file_path(to.folder, folder), "where queue, mailboxes, logs and control.sock are; default: the folder of this file")
      ("ControlGroup", system_group(to.control_group), "the group of this computer whose members may use control.sock; default: none, only its owner may")
      ("LogSession", file_path(to.log_session, folder), "the session log; default log/Session.log in DataFolder")
      ("LogVerbose", flag(to.log_verbose), "write more to the session log")
      ("DebugXCSI", flag(to.debug_xcsi), "log what goes to modems and comes from them, and the counters of each call")
      ("LogSent", flag(to.log_sent), "yes: write Sent.log, beside the session log; default no")
      ("LogReceive", flag(to.log_receive), "yes: write Recv.log; default no")
      ("LogCallIn", flag(to.log_call_in), "write Callin.log; default yes")
      ("LogCallOut", flag(to.log_call_out), "write Callout.log; default yes")
      ("LogSystem", flag(to.log_system), "write System.log, with what was not delivered; default yes")
      ("LogFormat", choice<LogFormat>(to.log.format, {{"classic", LogFormat::classic}, {"iso", LogFormat::iso}, {"json", LogFormat::json}}), "the form of a line in the session log: classic (the default), iso or json")
      ("LogRotateSize", size_or_never(to.log.rotate_bytes, 4096), "the length from which a log is begun anew, 0: any; default 10M")
      ("LogRotateTime", age_or_never(to.log.rotate_time), "the age from which a log is begun anew: daily, weekly or such as 12h; default 0, any")
      ("LogKeep", number(to.log.keep, 1, 1000), "old logs of each that are kept: Session.log.1 and so on; default 8")
      ("LogJournal", perhaps(to.log.journal), "write the session log to journald, too; default: if systemd has started External")
      ("Deliver", deliver(to.deliver), "where mail for mailboxes here goes: Maildir (the default), lmtp:/path, lmtp://host:port, smtp://host:port, smtp+tls://user:password@host:port or |/program")
      ("Gateway", gateway(to.gateway), "where mail for Internet domains of nobody goes: NETWORK/POSTOFFICE, or a way out as for Deliver; default: nowhere")
      ("MaxLanMailSize", size(to.max_lan_mail_size), "the largest message, such as 10M, where no MaxMailSize says otherwise; default: any")
      ("UsefulLife", duration(to.useful_life, seconds(60)), "how long mail may wait; default 5d")
      ("UsefulLifeUrgent", duration(to.useful_life_urgent, seconds(60)), "how long urgent mail may wait; default 1d")
      ("DelayWarnings", parsed(to.delay_warnings, parse_steps), "how long mail waits before its sender is warned, 0: never; default 4h, 24h, 72h")
      ("DelayWarningsUrgent", parsed(to.delay_warnings_urgent, parse_steps), "the same for urgent mail; default 1h, 4h, 12h")
      ("MinKDiskFull", kilobytes(to.min_k_disk_full), "KB free, below which the disk is full and no mail is taken; default 32768")
      ("MinKDiskNotFull", kilobytes(to.min_k_disk_not_full), "KB free, from which mail is taken again; default twice MinKDiskFull")
      ("HopCount", number(to.hop_count, 1, 255), "post offices a message may pass; default 10")
      ("UndialableAfter", number(to.undialable_after, 0, 1000), "calls in a row that fail until a post office is left alone; 0: never; default 10")
      ("UndialableFor", duration(to.undialable_for, seconds(1)), "how long it is left alone then; default 1h")
      ("SmtpListen", address_list(to.smtp.listen), "where SMTP is spoken, HOST:PORT, HOST:PORT ...; without HOST on this computer only")
      ("SubmissionListen", address_list(to.smtp.submission), "the same for people and programs that sign on with the password of a mailbox")
      ("SmtpAuthWithoutTls", flag(to.smtp.auth_without_tls), "yes: passwords may come over connections that others can read; default no")
      ("SmtpTrust", network_list(to.smtp.trusted), "who may send to other post offices by SMTP; default 127.0.0.0/8, ::1")
      ("SmtpCertificate", file_path(to.smtp.certificate, folder), "PEM file for STARTTLS; default: not offered")
      ("SmtpKey", file_path(to.smtp.key, folder), "PEM file with the key of SmtpCertificate")
      ("RemoteUsers", flag(to.remote_users), "no: nobody may dial in for the mail of a mailbox; default yes, with the password of that mailbox")
      ("RemoteUser", mailbox_name(to.remote_user), "this machine is not the post office but of the person with this mailbox of HomePO, which it calls")
      ("LmtpSocket", file_path(to.smtp.lmtp_socket, folder), "a unix socket where LMTP is spoken, as for Postfix")
      ("EventCommand", command(to.event_command), "a program, with arguments, that is run when a line needs somebody or works again; default: none")
      ("MetricsListen", parsed(to.metrics_listen, parse_host_port), "where metrics are told by HTTP, HOST:PORT; without HOST on this computer only; default: nowhere")
      ("BreakTime", parsed(to.breaks.time, parse_time_of_day), "end the run at this time of day, HH:MM[:SS]")
      ("BreakDate", parsed(to.breaks.date, parse_date), "end the run when this day begins, YYYY-MM-DD; with BreakTime at that time")
      ("BreakRelative", parsed(to.breaks.relative, parse_break_relative), "end the run so long after its start: 2h30m, dd:hh:mm or P1DT2H")
      ("BreakToday", flag(to.breaks.today), "yes: a BreakTime that has passed today ends the run at once; default no");
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
      ("ModemClass", text(to.modem_class), "a word for modems that are alike, for pools to ask for")
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
      ("HoldPort", choice<bool>(to.holds_port, {{"always", true}, {"call", false}}),
       "always (the default) or call: only while calls are made, so that others can have the modem; with CommOutOnly")
      ("CommDisable", flag(to.comm_disable), "do not start this instance")
      ("Required", flag(to.required), "yes: the service is not ready before this line has been; default no")
      ("PowerCommand", command(to.power_command), "a program, with arguments, that switches a modem off and on when nothing else helps; default: none")
      ("SendHomeOnly", flag(to.send_home_only), "dial only for mail that was submitted here, not for mail in transit")
      ("LockFolder", file_path(to.lock_folder, folder), "where lock files of ports live; default /run/lock")
      ("StopTimeout", duration(to.stop_timeout, seconds(1)), "longest time a stop may take; default 15s")
      ("Encryption", flag(to.encryption), "no: calls can be read by others, as some radio bands demand; default yes")
      ("LineReliable", flag(to.line_reliable), "yes: the line itself repeats what gets lost (V.42, ARQ); default no")
      ("HalfDuplex", flag(to.half_duplex), "yes: only one end can send at a time; default no")
      ("RetryInterval", duration(to.retry_interval, seconds(1)), "pause after a failed attempt, what those below are made of; default 1m")
      ("RetryBusy", parsed(to.retry_pauses.busy, parse_back_off), "pauses after BUSY: first, factor, longest, chance; default 1m, 1.5x, 10m, 100%")
      ("RetryNoAnswer", parsed(to.retry_pauses.no_answer, parse_back_off), "the same after NO ANSWER; default 1m, 2x, 15m, 100%")
      ("RetryNoCarrier", parsed(to.retry_pauses.no_carrier, parse_back_off), "after NO CARRIER; default 1m, 2x, 15m, 100%")
      ("RetryNoDialTone", parsed(to.retry_pauses.no_dialtone, parse_back_off), "after NO DIALTONE; default 1m, 1.5x, 10m, 50%")
      ("RetryRefused", parsed(to.retry_pauses.refused, parse_back_off), "after a sign-on that was refused; default 5m, 2x, 2h, 20%")
      ("RetryProtocol", parsed(to.retry_pauses.protocol, parse_back_off), "after an answer of who is no External; default 2m, 2x, 30m, 100%")
      ("RetryLocal", parsed(to.retry_pauses.local, parse_back_off), "after trouble at this end; default 1m, 2x, 5m, 20%")
      ("RejectPause", duration(to.reject_pause, seconds(1)), "pause after a modem refused to dial a number; default 1h")
      ("RetryRules", choice<RetryRules>(to.retry_rules, {{"3.2", RetryRules::v3_2}, {"2.1", RetryRules::v2_1}, {"time", RetryRules::time}}),
       "which failed calls use up Retries: 3.2 (all but DIAL_REJECT, the default), 2.1 (NO ANSWER neither) or time (nor BUSY)")
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
      ("Domain", domain_list(to.domains), "mail domains of that post office, separated by commas; may be given again")
      ("Password", password(to.password), "shared by both post offices")
      ("PasswordFile", password_file(to.password, folder), "a file whose first line is the password")
      ("Deliver", deliver_there(to.deliver), "a way out for its mail instead of calls, as for Deliver in [External]")
      ("Regular", duration(to.regular, seconds(1)), "pause between the end of a call and the next one")
      ("Intervals", parsed(to.intervals, parse_windows), "when it may be called: Mon-Fri 01:00-05:00, Sat,Sun 12:00-18:00, 22:00-06:00")
      ("Poll", flag(to.poll), "call without outgoing mail, too: after each pause of Regular, or once in each window of Intervals")
      ("CallWhen", parsed(to.call_when, parse_call_when), "call for mail when so much waits, or one of it so long: 5 messages, 100 KB, 30m")
      ("MinutesPerDay", minutes(to.minutes_per_day), "longest time on the line in calls made on one day, 1 to 1440 minutes")
      ("MessagesPerCall", count(to.messages_per_call), "most messages sent in one call made, 1 to 1000000")
      ("MaxMailSize", size(to.limits.message_bytes), "the largest message that may go there or through it; default MaxLanMailSize")
      ("MaxQueued", large_count(to.limits.queued, 1'000'000'000), "messages that may wait to go there; default: any number")
      ("MaxQueuedSize", size(to.limits.queued_bytes), "bytes that may wait to go there, such as 50M; default: any number")
      ("Retries", number(to.retries, 1, 255), "attempts that fail before mail is returned; default 3")
      ("UndialableAfter", number(to.undialable_after, 0, 1000), "for this post office, as in [External]")
      ("UndialableFor", duration(to.undialable_for, seconds(1)), "for this post office, as in [External]");
  // clang-format on
  return options;
}

po::options_description mailbox_options(Mailbox& to) {
  po::options_description options("[Mailbox NAME]");
  options.add_options()("Deliver", deliver(to.deliver),
                        "where mail for this mailbox goes, as in [External]; default: where that says");
  return options;
}

po::options_description share_options(Share& to, const path& folder) {
  po::options_description options("[Share NAME]");
  // clang-format off
  options.add_options()
      ("Instance", instance_list(to.instances), "instances whose modems are lent, separated by commas, in the order in which they are taken; default: all that fit")
      ("Listen", address_list(to.listen), "where clients come with RFC 2217, [HOST:]PORT, [HOST:]PORT ...; without HOST on this computer only")
      ("ListenRaw", address_list(to.listen_raw), "the same without Telnet")
      ("Allow", network_list(to.allow), "who may come, addresses and networks; default: this computer")
      ("Password", password(to.password), "what a client has to say first; default: nothing")
      ("PasswordFile", password_file(to.password, folder), "a file whose first line is the password")
      ("Certificate", file_path(to.certificate, folder), "for TLS from the first byte, with Key; default: none")
      ("Key", file_path(to.key, folder), "that of Certificate")
      ("ModemClass", text(to.modem_class), "lend only modems with this ModemClass")
      ("Script", text(to.script), "lend only modems with this CommScript")
      ("LowestSpeed", number(to.lowest_speed, 0, 4'000'000), "lend only modems at ports at least so fast, bits per second")
      ("IdleLimit", limit_or_none(to.idle_limit), "a lease ends when nothing was said for so long; default 15m; 0: never")
      ("LeaseLimit", limit_or_none(to.lease_limit), "longest lease; default: any")
      ("WaitLimit", limit_or_none(to.wait_limit), "longest wait for a modem; default 5m; 0: any")
      ("QueueLimit", number(to.queue_limit, 0, 1000), "clients that may wait; 0: none; default 16")
      ("First", network_list(to.first), "clients that go before others who wait, addresses and networks")
      ("UrgentMailFirst", flag(to.urgent_mail_first), "urgent mail of this post office ends a lease; default no")
      ("RefuseCalls", flag(to.refuse_calls), "do not answer calls at a modem that is lent; default no: the lease ends")
      ("HandOverCalls", flag(to.hand_over_calls), "give calls to the client that has the modem or waits for one; default no");
  // clang-format on
  return options;
}

po::options_description group_options(Group& to) {
  po::options_description options("[Group NAME]");
  options.add_options()("Members", member_list(to.members),
                        "mailboxes and groups here, and addresses elsewhere, separated by commas; may be "
                        "given again");
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
