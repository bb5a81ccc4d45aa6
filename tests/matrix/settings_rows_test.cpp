// Rows about settings: what holds, who said so, and what is refused.

#include "../../src/engine/comm_settings.h"
#include "temp_folder.h"

#include <external/config/load.h>

#include <gmock/gmock.h>

#include <set>

namespace external::matrix::settings_rows_test {
namespace {

using namespace ::testing;
using config::Override;

/// The settings of Modem1, from a file called external.ini.
config::Instance modem1(const std::string& everywhere, const std::string& here,
                        const std::vector<Override>& overrides) {
  const auto text =
      "[External]\nHomePO = A/B\n" + everywhere + "[External-Modem1]\nAsyncCommPort = /dev/ttyS0\n" + here;
  return config::parse(text, "/po/external.ini", overrides).instances.at(0);
}

TEST(FaultMatrix, R46_TheLaterLevelOfSettingsWinsAndTheLogSaysWhichItWas) {
  struct Row {
    std::string everywhere;
    std::string here;
    std::vector<Override> overrides;
    unsigned speed_after_script;
    std::string line;
  };
  const std::string all = "CommScript = HAYES12\nAsyncSpeed = 1200\nDialMode = P\n";
  for (const auto& row : {
           Row{"",
               "",
               {},
               57600,
               "COMM settings: port /dev/ttyS0 (external.ini:4), 57600 bps (default), script GENERIC "
               "(default), "
               "dial mode Touch Tone (default)"},
           Row{all,
               "",
               {},
               1200,
               "COMM settings: port /dev/ttyS0 (external.ini:7), 1200 bps (external.ini:4), script HAYES12 "
               "(external.ini:3), dial mode Pulse (external.ini:5)"},
           Row{all,
               "CommScript = HAYES24\nDialMode = T\n",
               {},
               1200,
               "COMM settings: port /dev/ttyS0 (external.ini:7), 1200 bps (external.ini:4), script HAYES24 "
               "(external.ini:8), dial mode Touch Tone (external.ini:9)"},
           Row{all,
               "CommScript = HAYES24\n",
               {{"commscript", "BUSY"}, {"AsyncCommPort", "/dev/ttyS7"}},
               1200,
               "COMM settings: port /dev/ttyS7 (command line), 1200 bps (external.ini:4), script BUSY "
               "(command "
               "line), dial mode Pulse (external.ini:5)"},
           Row{"",
               "AsyncSpeed = 38400\n",
               {{"AsyncSpeed", "57600"}, {"CommScript", "HAYES24"}},
               9600,
               "COMM settings: port /dev/ttyS0 (external.ini:4), 9600 bps (script HAYES24), script HAYES24 "
               "(command line), dial mode Touch Tone (default)"},
           // The speeds that one release of the original logged as names of dial modes (Q139368).
           Row{"",
               "AsyncSpeed = 38400\n",
               {},
               38400,
               "COMM settings: port /dev/ttyS0 (external.ini:4), 38400 bps (external.ini:5), script GENERIC "
               "(default), dial mode Touch Tone (default)"},
           Row{"",
               "AsyncSpeed = 19200\n",
               {},
               0,
               "COMM settings: port /dev/ttyS0 (external.ini:4), 19200 bps (external.ini:5), script GENERIC "
               "(default), dial mode Touch Tone (default)"},
       }) {
    const auto instance = modem1(row.everywhere, row.here, row.overrides);
    EXPECT_EQ(engine::comm_settings(instance, row.speed_after_script), row.line);
  }
}

TEST(FaultMatrix, R54_AnIllegalValueIsRefusedByNameLimitAndPlace) {
  struct Row {
    std::string section;
    std::string setting;
    std::string value;
    std::string limit;
  };
  const std::string global = "[External]";
  const std::string line = "[External-M]";
  const std::string office = "[PostOffice S/H]";
  const std::string group = "[Group G]";
  const std::string mailbox = "[Mailbox M]";
  const std::string pool = "[Share P]";
  const std::vector<Row> rows{
      {global, "HomePO", "NORTH", "expected NETWORK/POSTOFFICE"},
      {global, "Domain", "clinic example", "expected domain names such as clinic.example"},
      {global, "Alias", "anna", "expected NAME: ADDRESS, ADDRESS"},
      {global, "CatchAll", "", "expected an address"},
      {global, "Gateway", "S/H", "there is no route to it; add a section [PostOffice S/H]"},
      {global, "DataFolder", "", "expected a path"},
      {global, "ControlGroup", "mail operators", "expected the name of a group of this computer"},
      {global, "LogSession", "", "expected a path"},
      {global, "LogFormat", "xml", "expected classic or iso or json"},
      {global, "LogRotateSize", "1K", "expected 0 for never, or at least 4K"},
      {global, "LogRotateTime", "59m", "expected daily, weekly, 0 for never, or at least 1h"},
      {global, "LogKeep", "0", "expected a number from 1 to 1000"},
      {global, "LogJournal", "maybe", "expected yes or no"},
      {global, "LogVerbose", "2", "expected yes or no"},
      {global, "DebugXCSI", "z", "expected yes or no"},
      {global, "UsefulLife", "59s", "expected at least 1m"},
      {global, "UsefulLifeUrgent", "367d", "longer than 366 days"},
      {global, "DelayWarnings", "4h, 1h", "expected times that rise, such as 4h, 1d, 3d"},
      {global, "DelayWarningsUrgent", "1s", "expected at least 1m, or 0 for none"},
      {global, "MinKDiskFull", "much", "expected"},
      {global, "MinKDiskNotFull", "-1", "expected"},
      {global, "HopCount", "256", "expected a number from 1 to 255"},
      {global, "UndialableAfter", "1001", "expected a number from 0 to 1000"},
      {global, "UndialableFor", "0s", "expected at least 1s"},
      {global, "BreakTime", "24:00", "expected a time of day such as 23:00 or 23:00:30"},
      {global, "BreakDate", "31-12-26", "expected a date: year, month and day"},
      {global, "BreakRelative", "00:24:00", "expected days, hours and minutes as dd:hh:mm"},
      {global, "BreakToday", "x", "expected yes or no"},
      {global, "SmtpListen", "here", "expected"},
      {global, "MetricsListen", "9666", "expected HOST:PORT"},
      {global, "SubmissionListen", "587 or so", "expected"},
      {global, "SmtpAuthWithoutTls", "maybe", "expected yes or no"},
      {global, "SmtpTrust", "everybody", "expected addresses and networks such as 192.0.2.7"},
      {global, "SmtpCertificate", "", "expected a path"},
      {global, "SmtpKey", "", "expected a path"},
      {global, "LmtpSocket", "", "expected a path"},
      {global, "RemoteUsers", "some", "expected yes or no"},
      {global, "RemoteUser", "N/C/ANNA", "expected the name of a mailbox of HomePO"},
      {line, "SendHomeOnly", "x", "expected yes or no"},
      {global, "LogSent", "Sent.log", "expected yes or no"},
      {global, "LogReceive", "x", "expected yes or no"},
      {global, "LogCallIn", "x", "expected yes or no"},
      {global, "LogCallOut", "x", "expected yes or no"},
      {global, "LogSystem", "x", "expected yes or no"},
      {global, "MaxLanMailSize", "1000", "expected a size with its unit, such as 500K, 10M or 1G"},
      {line, "CommType", "X25", "expected Async or Tcp"},
      {line, "AsyncSpeed", "28800", "expected a speed in bits per second that serial ports know: 300, 600"},
      {line, "DialMode", "Tone", "expected T or P"},
      {line, "Listen", "here", "expected HOST:PORT"},
      {line, "NumberOfRings", "-1", "expected a number from 0 to 20"},
      {line, "CarrierDetect", "maybe", "expected yes or no"},
      {line, "IdleCheck", "1s", "expected 0 for never, or at least 10s"},
      {line, "CommInOnly", "x", "expected yes or no"},
      {line, "CommOutOnly", "x", "expected yes or no"},
      {line, "CommDisable", "x", "expected yes or no"},
      {line, "HoldPort", "calls", "expected always or call"},
      {line, "Required", "always", "expected yes or no"},
      {line, "PowerCommand", "usbpower 3", "expected the absolute path of a program, and its arguments"},
      {global, "EventCommand", "tell me", "expected the absolute path of a program, and its arguments"},
      {line, "LockFolder", "", "expected a path"},
      {line, "StopTimeout", "0s", "expected at least 1s"},
      {line, "RetryInterval", "5", "expected a time such as 30s, 5m, 1h30m or 2d"},
      {line, "RejectPause", "0s", "expected at least 1s"},
      {line, "RetryRules", "3.0", "expected 3.2 or 2.1 or time"},
      {line, "RetryBusy", "1m, 0.5x", "a factor is a number from 1x to 10x"},
      {line, "RetryNoAnswer", "1m, 2x, 30s", "the longest pause is shorter than the first"},
      {line, "RetryNoCarrier", "0s", "expected a first pause of at least 1s"},
      {line, "RetryNoDialTone", "1m, 2x, 10m, 101%", "expected a number from 0 to 100"},
      {line, "RetryRefused", "1m, 10m, 2x", "expected first pause, factor, longest pause and chance"},
      {line, "RetryProtocol", "often", "expected a time such as 30s, 5m, 1h30m or 2d"},
      {line, "RetryLocal", "", "expected a time such as 30s, 5m, 1h30m or 2d"},
      {line, "Encryption", "perhaps", "expected yes or no"},
      {line, "LineReliable", "2", "expected yes or no"},
      {line, "HalfDuplex", "half", "expected yes or no"},
      {line, "Standstill", "1s", "expected at least 1m"},
      {office, "Route", "Somewhere", "expected Direct or Indirect NETWORK/POSTOFFICE"},
      {office, "Instance", "M;N", "an instance has a name of 1 to 64 letters"},
      {office, "Phone", "", "expected a telephone number, or <SCRIPT number"},
      {office, "Address", "host", "expected HOST:PORT"},
      {office, "Domain", "clinic..example", "expected domain names such as clinic.example"},
      {office, "Password", "", "the password is empty"},
      {office, "PasswordFile", "/nowhere", "cannot be read: No such file"},
      {office, "Regular", "0s", "expected at least 1s"},
      {office, "Intervals", "25:00-26:00", "expected times of day such as 01:00-05:00"},
      {office, "Poll", "x", "expected yes or no"},
      {office, "CallWhen", "5 letters", "expected a time such as 30s"},
      {office, "MinutesPerDay", "1441", "expected a number from 1 to 1440"},
      {office, "MessagesPerCall", "0", "expected a number from 1 to 1000000"},
      {office, "Retries", "0", "expected a number from 1 to 255"},
      {office, "UndialableAfter", "often", "expected a number from 0 to 1000"},
      {office, "UndialableFor", "1", "expected a time such as 30s, 5m, 1h30m or 2d"},
      {office, "MaxMailSize", "0K", "expected a number from 1"},
      {office, "MaxQueued", "many", "expected a number from 1"},
      {office, "MaxQueuedSize", "10MB", "expected a size with its unit"},
      {global, "Deliver", "lmtp:dovecot", "expected Maildir, lmtp:/path/of/socket, lmtp://host:port"},
      {global, "Gateway", "smtp://host", "expected HOST:PORT"},
      {global, "Gateway", "gmail", "expected NETWORK/POSTOFFICE"},
      {office, "Deliver", "Maildir", "mailboxes elsewhere are no Maildirs here"},
      {pool, "Instance", "M, ", "an instance has a name of 1 to 64 letters"},
      {pool, "Listen", "here", "expected HOST:PORT"},
      {pool, "Listen", "0", "expected HOST:PORT"},
      {pool, "ListenRaw", "70000", "expected HOST:PORT"},
      {pool, "Allow", "everybody", "expected addresses and networks such as 192.0.2.7"},
      {pool, "First", "the boss", "expected addresses and networks such as 192.0.2.7"},
      {pool, "Password", "", "the password is empty"},
      {pool, "PasswordFile", "/nowhere", "cannot be read: No such file"},
      {pool, "Certificate", "", "expected a path"},
      {pool, "Key", "", "expected a path"},
      {pool, "LowestSpeed", "fast", "expected a number from 0 to 4000000"},
      {pool, "IdleLimit", "15", "expected a time such as 30s, 5m, 1h30m or 2d"},
      {pool, "LeaseLimit", "long", "expected a time such as 30s, 5m, 1h30m or 2d"},
      {pool, "WaitLimit", "-1m", "expected a time such as 30s, 5m, 1h30m or 2d"},
      {pool, "QueueLimit", "1001", "expected a number from 0 to 1000"},
      {pool, "UrgentMailFirst", "x", "expected yes or no"},
      {pool, "RefuseCalls", "x", "expected yes or no"},
      {pool, "HandOverCalls", "x", "expected yes or no"},
      {mailbox, "Deliver", "|deliver", "|/path/of/program {mailbox}"},
      {group, "Members", "a,,b", "expected mailboxes, groups or addresses, separated by commas"},
  };

  // Names of ports, scripts and classes may be any text; whether there is such a thing is seen when they are
  // used.
  std::set<std::string> covered{"AsyncCommPort", "CommScript", "ModemClass", "Script"};
  for (const auto& row : rows) {
    covered.insert(row.setting);
    const auto bad = row.setting + " = \"" + row.value + "\"\n";
    const auto text = "\n[External]\n" + (row.section == global ? bad : "HomePO = A/B\n") +
                      (row.section == global ? "" : row.section + "\n" + bad);
    const auto place = row.section == global ? ":3: error: " : ":5: error: ";
    try {
      config::parse(text, "/po/external.ini");
      ADD_FAILURE() << row.setting << " = " << row.value << " was taken";
    } catch (const config::ConfigError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("/po/external.ini" + std::string(place) + row.setting),
                                      HasSubstr(row.limit)))
          << row.setting;
    }
  }
  for (const auto& name : config::setting_names()) EXPECT_THAT(covered, Contains(name));
}

}  // namespace
}  // namespace external::matrix::settings_rows_test
