// Another mail system as a way out: SMTP or LMTP, one connection for many messages.

#include "outlets.h"

#include <external/smtp/client.h>
#include <external/smtp/connect.h>

namespace external::outlet {

namespace {

using smtp::ClientSession;
using smtp::Reply;
using smtp::Stream;

constexpr auto patience_for_connection = std::chrono::seconds(60);
constexpr std::size_t piece_size = 64 * 1024;

using Connect = std::function<Task<Result<std::unique_ptr<Stream>>>()>;

Outcome outcome_of(const Reply& reply) {
  const auto kind = reply.ok()          ? Outcome::Kind::delivered
                    : reply.code >= 500 ? Outcome::Kind::failed
                                        : Outcome::Kind::later;
  std::string text = std::to_string(reply.code);
  if (!reply.status.empty()) text += " " + reply.status;
  for (const auto& line : reply.lines) text += " " + line;
  return {kind, reply.status, text};
}

class MailHost final : public Outlet {
 public:
  MailHost(std::string name, Connect connect, smtp::ClientOptions options, Clock& clock)
      : name_(std::move(name)), connect_(std::move(connect)), options_(std::move(options)), clock_(clock) {}

  std::string name() const override { return name_; }

  Task<std::vector<Outcome>> hand_over(const Parcel& parcel) override {
    std::vector<Outcome> outcomes;
    const auto trouble = co_await be_connected();
    if (trouble) {
      outcomes.assign(parcel.recipients.size(), *trouble);
      co_return outcomes;
    }
    smtp::Sender sender;
    sender.address = parcel.sender;
    sender.size = parcel.head.size() + parcel.size;
    std::vector<smtp::Recipient> recipients;
    for (const auto& address : parcel.recipients) recipients.push_back({address, {}, {}});
    const auto replies = co_await session_->send(sender, recipients, source_of(parcel));
    for (const auto& reply : replies) outcomes.push_back(outcome_of(reply));
    if (!session_->is_usable()) close();
    co_return outcomes;
  }

  Task<> rest() override {
    if (session_) co_await session_->quit();
    close();
  }

 private:
  void close() {
    session_.reset();
    stream_.reset();
  }

  Task<std::optional<Outcome>> be_connected() {
    if (session_) co_return std::nullopt;
    auto stream = co_await connect_();
    if (!stream) co_return Outcome{Outcome::Kind::later, "4.4.1", stream.error().message()};
    stream_ = std::move(*stream);
    session_.emplace(*stream_, clock_, options_);
    const auto refused = co_await session_->open();
    if (!refused) co_return std::nullopt;
    close();
    auto outcome = outcome_of(*refused);
    outcome.kind = Outcome::Kind::later;  // it was about us, not about this message
    co_return outcome;
  }

  static smtp::ContentSource source_of(const Parcel& parcel) {
    return [&parcel, at = std::optional<std::uint64_t>()]() mutable -> Task<std::string> {
      return next(parcel, at);
    };
  }

  static Task<std::string> next(const Parcel& parcel, std::optional<std::uint64_t>& at) {
    if (!at) {
      at = 0;
      if (!parcel.head.empty()) co_return parcel.head;
    }
    auto piece = co_await parcel.content(*at, piece_size);
    *at += piece.size();
    co_return piece;
  }

  std::string name_;
  Connect connect_;
  smtp::ClientOptions options_;
  Clock& clock_;
  std::unique_ptr<Stream> stream_;
  std::optional<ClientSession> session_;
};

smtp::ClientOptions options_for(std::string host, bool lmtp) {
  smtp::ClientOptions options;
  options.host = std::move(host);
  options.dialect = lmtp ? smtp::Dialect::lmtp : smtp::Dialect::smtp;
  return options;
}

}  // namespace

std::unique_ptr<Outlet> make_mail_host(const LmtpSocket& way, std::string host, Clock& clock) {
  auto connect = [path = way.path]() { return smtp::connect_local(path); };
  return std::make_unique<MailHost>("LMTP at " + way.path.string(), connect,
                                    options_for(std::move(host), true), clock);
}

std::unique_ptr<Outlet> make_mail_host(const Host& way, std::string host, Clock& clock) {
  auto options = options_for(std::move(host), way.lmtp);
  options.user = way.user;
  options.password = way.password;
  options.tls = way.tls == Host::Tls::never        ? smtp::ClientOptions::Tls::never
                : way.tls == Host::Tls::if_offered ? smtp::ClientOptions::Tls::if_offered
                                                   : smtp::ClientOptions::Tls::always;
  const auto trust = way.tls == Host::Tls::always ? smtp::Trust::proven : smtp::Trust::anyone;
  auto connect = [way, trust, &clock]() {
    return smtp::connect_tcp(way.host, way.port, trust, clock, clock.now() + patience_for_connection);
  };
  const auto name = (way.lmtp ? "LMTP at " : "SMTP at ") + way.host + ":" + way.port;
  return std::make_unique<MailHost>(name, connect, options, clock);
}

}  // namespace external::outlet
