#include "entrance.h"

#include "home.h"

#include <external/base/async.h>

namespace external::commands {

namespace {

using asio::ip::tcp;

std::string host_name(const config::Settings& settings) {
  return settings.domains.empty() ? postoffice::mail_domain(settings.home_po) : settings.domains.front();
}

intake::House house(const config::Settings& settings, const engine::Directory& directory) {
  return {host_name(settings), directory, mailboxes(settings), settings.useful_life, settings.smtp.trusted};
}

/// Looked up at the start, when nobody waits yet.
std::vector<tcp::endpoint> endpoints_of(const asio::any_io_executor& executor,
                                        const config::HostPort& where) {
  const auto host = where.host.empty() ? std::string("127.0.0.1") : where.host;
  error_code error;
  tcp::resolver resolver(executor);
  const auto found = resolver.resolve(host, where.port, tcp::resolver::passive, error);
  if (error)
    throw std::runtime_error("SmtpListen: " + host + " is no address of this computer: " + error.message());
  std::vector<tcp::endpoint> all;
  for (const auto& one : found) all.push_back(one.endpoint());
  return all;
}

}  // namespace

bool has_entrance(const config::Settings& settings) {
  return !settings.smtp.listen.empty() || !settings.smtp.lmtp_socket.empty();
}

Entrance::Entrance(Clock& clock, const config::Settings& settings, const engine::Directory& directory,
                   intake::Hooks hooks)
    : clock_(clock),
      settings_(settings),
      host_(host_name(settings)),
      disk_(disk_guard(settings)),
      depot_(thread_.executor(), settings.queue_file()),
      intake_(house(settings, directory), depot_, clock, completed(std::move(hooks))),
      smtp_(thread_.executor(), clock, intake_, options(smtp::Dialect::smtp)),
      lmtp_(thread_.executor(), clock, intake_, options(smtp::Dialect::lmtp)) {
  listen_smtp();
  listen_lmtp();
}

intake::Hooks Entrance::completed(intake::Hooks hooks) {
  if (!hooks.refuses)
    hooks.refuses = [this](std::uint64_t bytes) { return disk_.refusal(bytes, settings_.home_po); };
  return hooks;
}

smtp::ServerOptions Entrance::options(smtp::Dialect dialect) const {
  smtp::ServerOptions options;
  options.dialogue.dialect = dialect;
  options.dialogue.host = host_;
  options.dialogue.largest = settings_.max_lan_mail_size.value_or(0);
  const auto& files = settings_.smtp;
  if (dialect == smtp::Dialect::smtp && !files.certificate.empty())
    options.tls = smtp::TlsFiles{files.certificate, files.key};
  return options;
}

void Entrance::listen_smtp() {
  for (const auto& where : settings_.smtp.listen) {
    for (const auto& endpoint : endpoints_of(thread_.executor(), where)) {
      const auto bound = smtp_.listen(endpoint);
      const auto address = bound.address().to_string();
      places_.push_back("SMTP at " + (bound.address().is_v6() ? "[" + address + "]" : address) + ":" +
                        std::to_string(bound.port()));
    }
  }
}

void Entrance::listen_lmtp() {
  const auto& socket = settings_.smtp.lmtp_socket;
  if (socket.empty()) return;
  lmtp_.listen(socket);
  places_.push_back("LMTP at " + socket.string());
}

Task<> Entrance::run() {
  return thread_.run(serve());
}

Task<> Entrance::serve() {
  co_await first_of(smtp_.run(), lmtp_.run());
}

}  // namespace external::commands
