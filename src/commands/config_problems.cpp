#include "config_problems.h"

#include "home.h"
#include "scripts.h"

#include <external/base/networks.h>
#include <external/base/text.h>
#include <external/config/way.h>
#include <external/engine/passwords.h>
#include <external/modem/script.h>
#include <external/stream/socket.h>

#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

namespace external::commands {

namespace {

namespace fs = std::filesystem;
using config::Diagnostic;

bool is_device_path(const std::string& port) {
  return !port.empty() && port.find("://") == std::string::npos;
}

class Inspection {
 public:
  Inspection(const config::Reading& reading, std::vector<fs::path> folders)
      : settings_(reading.settings), problems_(reading.diagnostics), folders_(std::move(folders)) {
    folders_.insert(folders_.begin(), settings_.folder);
  }

  config::Diagnostics run() {
    if (settings_.folder.empty()) return std::move(problems_);  // there was nothing to read
    if (!settings_.home_po.empty()) look_at_addresses();
    look_at_folders();
    look_at_passwords();
    look_at_smtp();
    for (const auto& instance : settings_.instances) look_at_instance(instance);
    for (const auto& share : settings_.shares) look_at_share(share);
    for (const auto& office : settings_.post_offices) look_at_post_office(office);
    look_at_ways();
    auto all = config::in_order(std::move(problems_));
    all.insert(all.end(), of_scripts_.begin(), of_scripts_.end());
    return all;
  }

 private:
  int line_of(std::string_view section, std::string_view setting, int otherwise = 0) const {
    const int line = config::line_of(settings_.given, section, setting);
    return line > 0 ? line : otherwise;
  }

  void add(int line, std::string text) {
    problems_.push_back({settings_.file.string(), line, std::move(text)});
  }
  void warn(int line, std::string text) {
    problems_.push_back({settings_.file.string(), line, std::move(text), true});
  }

  /// Of [External] by the name of the setting.
  void add_global(std::string_view setting, const std::string& text) {
    add(line_of("External", setting), std::string(setting) + ": " + text);
  }
  void warn_global(std::string_view setting, const std::string& text) {
    warn(line_of("External", setting), std::string(setting) + ": " + text);
  }

  void look_at_addresses() {
    try {
      const engine::Directory directory(std::make_shared<const config::Settings>(settings_));
      directory.check_names(postoffice::Mailboxes(settings_.mail_folder()));
    } catch (const config::ConfigError& error) {
      for (const auto& one : error.diagnostics()) problems_.push_back(one);
    } catch (const std::runtime_error& error) {
      add(0, error.what());
    }
  }

  /// What cannot be written says nothing of the user who will run External.
  void look_at_folders() {
    if (::access(settings_.folder.c_str(), W_OK) != 0)
      warn(0, "you cannot write to " + settings_.folder.string() +
                  ", where the queue is; run External as its owner, or change its owner");
    const auto logs = settings_.log_session.parent_path();
    std::error_code error;
    if (fs::exists(logs, error) && !fs::is_directory(logs, error))
      return add_global("LogSession", logs.string() + " is no folder; name a file in another one");
    // It is made at the start if the one above it is there.
    if (!fs::exists(logs, error) && logs.parent_path() != settings_.folder)
      warn_global("LogSession",
                  "there is no folder " + logs.string() + "; it is made at the start if it can be");
    if (fs::is_directory(settings_.log_session, error))
      add_global("LogSession", settings_.log_session.string() + " is a folder; name a file");
  }

  void look_at_passwords() {
    try {
      engine::Passwords(settings_.passwords_file(), settings_.home_po).key_of("POSTMASTER");
    } catch (const std::runtime_error& error) {
      add(0, error.what());
    }
  }

  void look_at_smtp() {
    const auto& smtp = settings_.smtp;
    try {
      const Networks trusted(smtp.trusted);
    } catch (const std::runtime_error& error) {
      add_global("SmtpTrust", error.what());
    }
    look_at_file("SmtpCertificate", smtp.certificate);
    look_at_file("SmtpKey", smtp.key);
    struct stat status {};
    if (!smtp.key.empty() && ::stat(smtp.key.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0)
      warn_global("SmtpKey", "every user can read it; run: chmod o-r " + smtp.key.string());
    std::error_code error;
    if (!smtp.lmtp_socket.empty() && !fs::is_directory(smtp.lmtp_socket.parent_path(), error))
      add_global("LmtpSocket", "there is no folder " + smtp.lmtp_socket.parent_path().string() +
                                   "; make it, or name another");
  }

  void look_at_file(std::string_view setting, const fs::path& file) {
    if (file.empty() || ::access(file.c_str(), R_OK) == 0) return;
    const std::string why = std::strerror(errno);
    add_global(setting,
               file.string() + " cannot be read: " + why + "; correct the path, or make it readable");
  }

  void look_at_instance(const config::Instance& instance) {
    if (instance.comm_disable || instance.comm_type != config::CommType::async) return;
    const auto section = "External-" + instance.name;
    const auto where = "[" + section + "]: ";
    const int port_line = line_of(section, "AsyncCommPort", instance.line);
    const auto& port = instance.async_comm_port;
    if (is_device_path(port)) {
      if (::access(port.c_str(), F_OK) != 0) {
        warn(port_line,
             where + "there is no port " + visible(port) + " now; plug it in, or correct AsyncCommPort");
      } else if (::access(port.c_str(), R_OK | W_OK) != 0) {
        warn(port_line, where + "you may not use the port " + visible(port) +
                            "; add the user of External to the group of the device, mostly dialout");
      }
      if (::access(instance.lock_folder.c_str(), W_OK) != 0)
        warn(line_of(section, "LockFolder", instance.line),
             where + "no lock file can be made in " + instance.lock_folder.string() +
                 ", so other programs may take the port; make it writable, or set LockFolder");
    }
    look_at_script(instance.comm_script, line_of(section, "CommScript", instance.line), where + "CommScript");
  }

  void look_at_share(const config::Share& share) {
    if (share.certificate.empty() || share.key.empty()) return;
    const auto section = "Share " + share.name;
    const auto where = "[" + section + "]: ";
    try {
      stream::make_tls_context({share.certificate, share.key});
    } catch (const std::runtime_error& error) {
      return add(line_of(section, "Certificate", share.line), where + error.what());
    }
    struct stat status {};
    if (::stat(share.key.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0)
      warn(line_of(section, "Key", share.line),
           where + "every user can read the key; run: chmod o-r " + share.key.string());
  }

  void look_at_post_office(const config::PostOffice& office) {
    if (office.script.empty()) return;
    const auto section = "PostOffice " + office.name;
    look_at_script(office.script, line_of(section, "Phone", office.line), "[" + section + "]: Phone");
  }

  void look_at_script(const std::string& name, int line, const std::string& where) {
    fs::path file;
    try {
      file = find_script(name, folders_);
    } catch (const Failure&) {
      return add(line, where + ": there is no modem script " + visible(name) +
                           ".MDM beside external.ini or " +
                           "among those installed; put it there, or name another");
    }
    if (!scripts_seen_.insert(file).second) return;
    for (const auto& one : modem::compile_file(file.string()).diagnostics) {
      Diagnostic problem{one.file, static_cast<int>(one.line), one.text};
      problem.column = static_cast<int>(one.column);
      problem.warning = one.severity == modem::Diagnostic::Severity::warning;
      of_scripts_.push_back(std::move(problem));
    }
  }

  void look_at_ways() {
    look_at_way("External", "Deliver", settings_.deliver);
    if (settings_.gateway_office().empty()) look_at_way("External", "Gateway", settings_.gateway);
    for (const auto& mailbox : settings_.mailboxes)
      look_at_way("Mailbox " + mailbox.name, "Deliver", mailbox.deliver);
    for (const auto& office : settings_.post_offices)
      look_at_way("PostOffice " + office.name, "Deliver", office.deliver);
  }

  /// Who takes the mail may come later.
  void look_at_way(const std::string& section, const std::string& setting, const std::string& deliver) {
    if (config::is_maildir(deliver)) return;
    const auto way = config::parse_way(deliver);
    const auto where = "[" + section + "]: " + setting + ": ";
    const int line = line_of(section, setting);
    if (const auto* program = std::get_if<config::Program>(&way)) {
      const auto& file = program->arguments.front();
      if (::access(file.c_str(), X_OK) != 0)
        warn(line, where + "the program " + visible(file) + " cannot be run: " + std::strerror(errno) +
                       "; its mail waits until it can");
    } else if (const auto* socket = std::get_if<config::LmtpSocket>(&way)) {
      if (::access(socket->path.c_str(), W_OK) != 0)
        warn(line, where + "nobody can be reached at " + socket->path.string() + ": " + std::strerror(errno) +
                       "; its mail waits until somebody can");
    }
  }

  const config::Settings& settings_;
  config::Diagnostics problems_;
  config::Diagnostics of_scripts_;
  std::vector<fs::path> folders_;
  std::set<fs::path> scripts_seen_;
};

}  // namespace

config::Diagnostics find_problems_of(const config::Reading& reading, const std::vector<fs::path>& folders) {
  return Inspection(reading, folders).run();
}

}  // namespace external::commands
