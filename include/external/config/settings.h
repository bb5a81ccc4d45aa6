#pragma once
// The settings of External as plain values. Defaults are those of a setting that is not given.

#include <external/config/given.h>
#include <external/config/values.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace external::config {

enum class CommType { async, tcp };

/// The form of a line in Session.log: as the original wrote it, with seconds and the call, or as JSON.
enum class LogFormat { classic, iso, json };
enum class DialMode { tone, pulse };

/// Which failures of a call use up retries: those of External 3.2, those before it, or those of 3.2 but BUSY
/// and NO ANSWER, which time alone ends (Q113119).
enum class RetryRules { v3_2, v2_1, time };

/// Pauses after calls that failed, by cause; absent: made of RetryInterval, see docs/retries.md.
struct RetryPauses {
  std::optional<BackOff> busy;
  std::optional<BackOff> no_answer;
  std::optional<BackOff> no_carrier;
  std::optional<BackOff> no_dialtone;
  std::optional<BackOff> refused;
  std::optional<BackOff> protocol;
  std::optional<BackOff> local;
};

/// Where values come from, by the name of the setting: "external.ini:12". Absent: the default.
using Origins = std::map<std::string, std::string, std::less<>>;

/// One configured line and its rules: [External-NAME].
struct Instance {
  std::string name;
  int line = 0;  ///< where its section starts, for messages; 0 if it has none
  CommType comm_type = CommType::async;
  std::string async_comm_port;          ///< a tty, rfc2217://host:port or tcp://host:port
  unsigned async_speed = 57600;         ///< bits per second between computer and modem
  std::string modem_class;              ///< a word for those that are alike; of no meaning here
  std::string comm_script = "GENERIC";  ///< name of a .MDM file, without the suffix
  DialMode dial_mode = DialMode::tone;
  std::optional<HostPort> listen;  ///< where a Tcp instance answers; an empty host means every address
  bool comm_in_only = false;       ///< never dials
  bool comm_out_only = false;      ///< never answers
  bool comm_disable = false;       ///< not started
  bool send_home_only = false;     ///< dials for mail only if some of it was submitted here
  unsigned number_of_rings = 1;    ///< rings before a call is answered, 0 to 20; 0: at once, like 1
  bool carrier_detect = true;  ///< false: the cable has no DCD, or the modem forces it; it is not looked at
  std::chrono::seconds idle_check{
      300};  ///< how often an idle modem is asked whether it is still there; 0: never
  std::filesystem::path lock_folder = "/run/lock";
  std::chrono::seconds stop_timeout{15};    ///< longest time from the wish to stop to the port being free
  std::chrono::seconds retry_interval{60};  ///< pause after an attempt that failed; up to twice that
  RetryPauses retry_pauses;                 ///< by cause
  std::chrono::seconds reject_pause{3600};  ///< the same after DIAL_REJECT: the modem must not dial it now
  RetryRules retry_rules = RetryRules::v3_2;
  std::chrono::seconds standstill{600};  ///< of mail, after which a call is ended; keep-alives do not count
  bool encryption = true;      ///< false: calls are authenticated but can be read, where the law wants that
  bool line_reliable = false;  ///< the line repeats what gets lost (V.42, a radio modem with its own ARQ)
  bool half_duplex = false;    ///< only one end can send at a time
  bool required = false;       ///< the service is not ready before this line is
  bool holds_port = true;      ///< HoldPort; false: only while it makes calls (Q83538), and never answers
  std::string power_command;   ///< switches the modem off and on when nothing else helps; empty: none
  Origins origins;

  bool can_dial() const { return !comm_disable && !comm_in_only; }
  bool holds_port_for_calls_only() const { return comm_type == CommType::async && !holds_port; }

  /// "external.ini:12", "command line", "default". `setting` as options.cpp declares it.
  std::string origin_of(std::string_view setting) const;
};

enum class Route { direct, indirect };

/// What may wait or pass; absent: no limit. docs/routing.md
struct MailLimits {
  std::optional<std::uint64_t> message_bytes;  ///< the largest message
  std::optional<std::uint64_t> queued;         ///< messages that wait
  std::optional<std::uint64_t> queued_bytes;   ///< their content
};

/// Another post office: [PostOffice NETWORK/POSTOFFICE].
struct PostOffice {
  std::string name;  ///< NETWORK/POSTOFFICE, upper case
  int line = 0;      ///< where its section starts, for messages
  Route route = Route::direct;
  std::string hub;                     ///< of an indirect one
  std::vector<std::string> instances;  ///< that call it, the first free one, as they are written there
  std::string phone;                   ///< the number to dial; for an Async instance
  std::string script;               ///< instead of the instance's, from `Phone = <SCRIPT number`; empty: none
  std::optional<HostPort> address;  ///< for a Tcp instance
  std::string password;             ///< from Password or PasswordFile; never to be shown or logged
  std::optional<std::chrono::seconds> regular;          ///< pause between the end of a call and the next one
  std::vector<TimeWindow> intervals;                    ///< times of day it may be called; empty: at any time
  bool poll = false;                                    ///< called without outgoing mail, too
  CallWhen call_when;                                   ///< nothing in it: for any mail
  std::optional<std::chrono::minutes> minutes_per_day;  ///< on the line in calls that we make
  std::optional<unsigned> messages_per_call;            ///< sent in a call that we make
  unsigned retries = 3;                           ///< attempts that fail before mail goes back to its sender
  MailLimits limits;                              ///< of mail that goes there, or through it to others
  std::vector<std::string> domains;               ///< lower case; a mailbox under them is one of its own
  std::string deliver;                            ///< a way out instead of calls; empty: it is called
  std::map<std::string, int, std::less<>> lines;  ///< where each of its settings stands, by name
  std::optional<unsigned> undialable_after;       ///< instead of Settings::undialable_after
  std::optional<std::chrono::seconds> undialable_for;  ///< instead of Settings::undialable_for

  /// Whether we can call it; otherwise its mail waits until it calls us.
  bool can_be_called() const { return !phone.empty() || !script.empty() || address.has_value(); }

  /// The line of a setting, named as options.cpp declares it; that of the section if it is not given.
  int line_of(std::string_view setting) const;

  /// Whether `instance` is one of those that call it.
  bool called_by(std::string_view instance) const;
};

/// When a run is to end by itself; whichever comes first.
struct BreakTimes {
  std::optional<std::chrono::seconds> time;  ///< of day, local
  std::optional<std::chrono::year_month_day> date;
  std::optional<std::chrono::seconds> relative;  ///< after the start
  bool today = false;  ///< a `time` that has passed today ends the run at once; otherwise tomorrow's does
};

/// One name for several mailboxes: [Group NAME].
struct Group {
  std::string name;                  ///< upper case
  int line = 0;                      ///< where its section starts, for messages
  std::vector<std::string> members;  ///< addresses, mailboxes and groups of the home post office, as written
};

/// One mailbox of the home post office that is not like the others: [Mailbox NAME].
struct Mailbox {
  std::string name;     ///< as the address has it
  int line = 0;         ///< where its section starts, for messages
  std::string deliver;  ///< where its mail goes; empty: as Settings::deliver
};

/// One name for others: Alias = NAME: ADDRESS, ADDRESS.
struct Alias {
  std::string name;
  int line = 0;
  std::vector<std::string> members;  ///< as written
};

/// How the log is kept. docs/session-log.md
struct LogKeeping {
  LogFormat format = LogFormat::classic;
  std::optional<bool> journal;  ///< lines go to journald, too; absent: if it started us
  std::optional<std::uint64_t> rotate_bytes = 10 << 20;  ///< a log that has become so long is begun anew
  std::optional<std::chrono::seconds> rotate_time;       ///< one that has become so old
  unsigned keep = 8;                                     ///< old logs, each
};

/// How a pool of modems is lent: [Share NAME]. docs/sharing.md
struct Share {
  std::string name;
  int line = 0;                        ///< where its section starts, for messages
  std::vector<std::string> instances;  ///< whose modems are lent; once loaded none is missing
  std::vector<HostPort> listen;        ///< RFC 2217; an empty host means this computer only
  std::vector<HostPort> listen_raw;    ///< the same without Telnet
  std::vector<std::string> allow;      ///< addresses and networks; empty: this computer only
  std::string password;                ///< empty: none; never to be shown or logged
  std::filesystem::path certificate;   ///< for TLS, with `key`; empty: none
  std::filesystem::path key;
  std::string modem_class;    ///< only modems with this ModemClass; empty: any
  std::string script;         ///< only modems with this CommScript; empty: any
  unsigned lowest_speed = 0;  ///< bits per second of a port
  std::optional<std::chrono::seconds> idle_limit{std::chrono::minutes(15)};  ///< without payload
  std::optional<std::chrono::seconds> lease_limit;                           ///< of a lease as a whole
  std::optional<std::chrono::seconds> wait_limit{std::chrono::minutes(5)};   ///< for a free modem
  unsigned queue_limit = 16;       ///< clients that wait; 0: who finds no free modem is refused
  std::vector<std::string> first;  ///< addresses and networks that go before others in the queue
  bool urgent_mail_first = false;  ///< External's own urgent call ends a lease
  bool refuse_calls = false;       ///< a call that rings at a modem that is lent is not answered
  bool hand_over_calls = false;    ///< it goes to who has the modem, or waits for one

  /// Whether the modem of `instance` is such as the pool wants it.
  bool fits(const Instance& instance) const;
};

/// How mail of other programs comes in.
struct Smtp {
  std::vector<HostPort> listen;                            ///< an empty host means this computer only
  std::vector<HostPort> submission;                        ///< the same, for who authenticates
  bool auth_without_tls = false;                           ///< passwords may come over open connections
  std::filesystem::path lmtp_socket;                       ///< empty: none
  std::vector<std::string> trusted{"127.0.0.0/8", "::1"};  ///< who may send to other post offices
  std::filesystem::path certificate;                       ///< for STARTTLS, with `key`; empty: not offered
  std::filesystem::path key;
};

struct Settings {
  std::filesystem::path file;         ///< the file they were read from
  std::filesystem::path folder;       ///< of queue, mailboxes and logs: DataFolder, or that of the file
  std::string home_po;                ///< NETWORK/POSTOFFICE, upper case
  std::vector<std::string> domains;   ///< lower case; a mailbox under them belongs to the home post office
  std::filesystem::path log_session;  ///< absolute; default log/Session.log in `folder`
  bool log_sent = false;              ///< Sent.log, in the folder of log_session like those that follow
  bool log_receive = false;           ///< Recv.log
  bool log_call_in = true;            ///< Callin.log
  bool log_call_out = true;           ///< Callout.log
  bool log_system = true;             ///< System.log
  bool log_verbose = false;
  bool debug_xcsi = false;  ///< what goes to modems and comes from them, and the counters of each call
  std::chrono::seconds useful_life{std::chrono::hours(24 * 5)};  ///< of mail of normal and low priority
  std::chrono::seconds useful_life_urgent{std::chrono::hours(24)};

  /// How long mail waits here before its sender is warned; rising, empty: never.
  std::vector<std::chrono::seconds> delay_warnings{std::chrono::hours(4), std::chrono::hours(24),
                                                   std::chrono::hours(72)};
  std::vector<std::chrono::seconds> delay_warnings_urgent{std::chrono::hours(1), std::chrono::hours(4),
                                                          std::chrono::hours(12)};
  unsigned hop_count = 10;  ///< post offices a message may pass
  BreakTimes breaks;
  Smtp smtp;
  LogKeeping log;
  std::string event_command;               ///< run when a line needs somebody; empty: none
  std::optional<HostPort> metrics_listen;  ///< an empty host means this computer only
  std::string control_group;  ///< whose members may use the control socket; empty: its owner alone
  std::string deliver;        ///< where mail for mailboxes here goes; empty: into Maildirs
  std::string gateway;    ///< NETWORK/POSTOFFICE or a way out, for Internet domains of nobody; empty: none
  std::string catch_all;  ///< who gets mail for mailboxes that do not exist here; empty: nobody
  std::string
      remote_user;  ///< a mailbox of home_po: this machine is that person's; empty: it is the post office
  bool remote_users = true;  ///< who has a password for a mailbox may dial in for its mail
  std::optional<std::uint64_t>
      max_lan_mail_size;           ///< bytes, where no MaxMailSize says otherwise; absent: any
  unsigned undialable_after = 10;  ///< calls in a row that fail until a post office rests; 0: it never does
  std::chrono::seconds undialable_for{std::chrono::hours(1)};  ///< how long it rests

  /// KB (1024 bytes) free, below which the disk is full: the log of the database takes 16 MB before it is
  /// copied back, twice that while a long read stands. The 100 KB of External 3.2.9 (Q111558) would end in
  /// its middle.
  std::uint64_t min_k_disk_full = 32 * 1024;
  std::optional<std::uint64_t>
      min_k_disk_not_full;  ///< KB free, from which it is not; default: twice as much
  std::vector<Instance> instances;
  std::vector<PostOffice> post_offices;
  std::vector<Group> groups;
  std::vector<Mailbox> mailboxes;
  std::vector<Alias> aliases;
  std::vector<Share> shares;
  std::map<std::string, int, std::less<>> lines;  ///< where each setting of [External] stands, by name
  Given given;                                    ///< all of it as it is written

  /// The line of a setting of [External], named as options.cpp declares it; 0 if the file does not give it.
  int line_of(std::string_view setting) const;

  /// `gateway` if it is a post office, in upper case; empty if it is a way out, or absent.
  std::string gateway_office() const;

  const Instance* find_instance(std::string_view name) const;       ///< without regard to case
  const PostOffice* find_post_office(std::string_view name) const;  ///< without regard to case
  std::uint64_t disk_not_full() const { return min_k_disk_not_full.value_or(2 * min_k_disk_full); }  ///< KB
  std::filesystem::path queue_file() const { return folder / "queue.db"; }
  std::filesystem::path passwords_file() const { return folder / "passwords"; }
  std::filesystem::path mail_folder() const { return folder / "mail"; }
  std::filesystem::path control_socket() const { return folder / "control.sock"; }
};

}  // namespace external::config
