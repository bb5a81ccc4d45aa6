#include "entrance.h"

#include "home.h"

#include <external/base/async.h>

namespace external::commands {

namespace {

using asio::ip::tcp;

/// Looked up at the start, when nobody waits yet.
std::vector<tcp::endpoint> endpoints_of(const asio::any_io_executor& executor, const std::string& setting,
                                        const config::HostPort& where) {
  const auto host = where.host.empty() ? std::string("127.0.0.1") : where.host;
  error_code error;
  tcp::resolver resolver(executor);
  const auto found = resolver.resolve(host, where.port, tcp::resolver::passive, error);
  if (error)
    throw std::runtime_error(setting + ": " + host + " is no address of this computer: " + error.message());
  std::vector<tcp::endpoint> all;
  for (const auto& one : found) all.push_back(one.endpoint());
  return all;
}

}  // namespace

std::string host_name(const config::Settings& settings) {
  return settings.domains.empty() ? postoffice::mail_domain(settings.home_po) : settings.domains.front();
}

intake::House house(std::shared_ptr<const engine::Directory> directory) {
  const auto settings = directory->settings();
  return {host_name(*settings), std::move(directory), mailboxes(*settings), settings->useful_life,
          settings->smtp.trusted};
}

bool has_entrance(const config::Settings& settings) {
  const auto& smtp = settings.smtp;
  return !smtp.listen.empty() || !smtp.submission.empty() || !smtp.lmtp_socket.empty();
}

Entrance::Entrance(Clock& clock, std::shared_ptr<const engine::Directory> directory, intake::Hooks hooks)
    : clock_(clock),
      settings_(directory->settings()),
      host_(host_name(*settings_)),
      disk_(disk_guard(*settings_)),
      passwords_(settings_->passwords_file(), settings_->home_po),
      depot_(thread_.executor(), settings_->queue_file()),
      intake_(house(std::move(directory)), depot_, clock, completed(std::move(hooks))),
      smtp_(thread_.executor(), clock, intake_, options(smtp::Dialect::smtp)),
      submission_(thread_.executor(), clock, intake_, submission_options()),
      lmtp_(thread_.executor(), clock, intake_, options(smtp::Dialect::lmtp)) {
  listen_tcp(smtp_, "SmtpListen", settings_->smtp.listen, "SMTP");
  listen_tcp(submission_, "SubmissionListen", settings_->smtp.submission, "SMTP with password");
  listen_lmtp();
}

void Entrance::use(std::shared_ptr<const engine::Directory> directory) {
  asio::post(thread_.executor(),
             [this, house = house(std::move(directory))]() mutable { intake_.move_to(std::move(house)); });
}

intake::Hooks Entrance::completed(intake::Hooks hooks) {
  if (!hooks.refuses)
    hooks.refuses = [this](std::uint64_t bytes) { return disk_.refusal(bytes, settings_->home_po); };
  hooks.knows = [this](std::string mailbox, std::string password) {
    return knows(std::move(mailbox), std::move(password));
  };
  return hooks;
}

smtp::ServerOptions Entrance::options(smtp::Dialect dialect) const {
  smtp::ServerOptions options;
  options.dialogue.dialect = dialect;
  options.dialogue.host = host_;
  options.dialogue.largest = settings_->max_lan_mail_size.value_or(0);
  const auto& files = settings_->smtp;
  if (dialect == smtp::Dialect::lmtp) return options;
  if (!files.certificate.empty()) options.tls = stream::TlsFiles{files.certificate, files.key};
  options.dialogue.auth = options.tls || files.auth_without_tls;
  options.dialogue.auth_needs_tls = !files.auth_without_tls;
  return options;
}

smtp::ServerOptions Entrance::submission_options() const {
  auto all = options(smtp::Dialect::smtp);
  all.dialogue.auth = true;
  all.dialogue.auth_required = true;
  return all;
}

Task<bool> Entrance::knows(std::string mailbox, std::string password) {
  const auto compare = [&] { return passwords_.matches(mailbox, password); };
  co_return co_await keys_.run(compare);
}

void Entrance::listen_tcp(smtp::Server& server, const std::string& setting,
                          const std::vector<config::HostPort>& addresses, const std::string& what) {
  for (const auto& where : addresses) {
    for (const auto& endpoint : endpoints_of(thread_.executor(), setting, where)) {
      const auto bound = server.listen(endpoint);
      const auto address = bound.address().to_string();
      places_.push_back(what + " at " + (bound.address().is_v6() ? "[" + address + "]" : address) + ":" +
                        std::to_string(bound.port()));
    }
  }
}

void Entrance::listen_lmtp() {
  const auto& socket = settings_->smtp.lmtp_socket;
  if (socket.empty()) return;
  lmtp_.listen(socket);
  places_.push_back("LMTP at " + socket.string());
}

Task<> Entrance::run() {
  return thread_.run(serve());
}

Task<> Entrance::serve() {
  co_await first_of(smtp_.run(), submission_.run(), lmtp_.run());
}

}  // namespace external::commands
