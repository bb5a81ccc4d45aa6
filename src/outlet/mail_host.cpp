// Another mail system as a way out: SMTP or LMTP, one connection for many messages.

#include "outlets.h"

#include <external/smtp/client.h>
#include <external/stream/connect.h>

namespace external::outlet {

namespace {

using smtp::ClientSession;
using smtp::Reply;
using stream::Stream;

constexpr auto patience_for_connection = std::chrono::seconds(60);
constexpr std::size_t piece_size = 64 * 1024;

using Connect = std::function<Task<external::Result<std::unique_ptr<Stream>>>()>;

std::string text_of(const Reply& reply) {
  std::string text = std::to_string(reply.code);
  if (!reply.status.empty()) text += " " + reply.status;
  for (const auto& line : reply.lines) text += " " + line;
  return text;
}

class MailHost final : public Outlet {
 public:
  MailHost(Connect connect, smtp::ClientOptions options, Clock& clock)
      : connect_(std::move(connect)), options_(std::move(options)), clock_(clock) {}

  Task<Result> hand_over(const Parcel& parcel) override {
    const Breaking breaking(*this);
    const bool is_new = !session_;
    auto trouble = co_await be_connected();
    if (trouble) co_return out_of_order(parcel, *trouble);
    auto replies = co_await send(parcel);
    if (!is_new && !session_->is_usable() && !session_->was_begun()) {
      // The server has ended a connection that was idle, or had enough of it.
      close();
      trouble = co_await be_connected();
      if (trouble) co_return out_of_order(parcel, *trouble);
      replies = co_await send(parcel);
    }
    Result result;
    for (const auto& reply : replies) result.outcomes.push_back(outcome_of(reply));
    result.out_of_order = !session_->is_usable() && !session_->was_begun();
    if (session_->is_usable()) breaking.dismiss();
    co_return result;
  }

  Task<> rest() override {
    const Breaking breaking(*this);
    if (session_) co_await session_->quit();
  }

 private:
  /// Closes the connection unless it can be used again: also when it is cancelled in the middle of something.
  class Breaking {
   public:
    explicit Breaking(MailHost& host) : host_(host) {}
    ~Breaking() {
      if (!dismissed_) host_.close();
    }
    Breaking(const Breaking&) = delete;
    Breaking& operator=(const Breaking&) = delete;
    void dismiss() const { dismissed_ = true; }

   private:
    MailHost& host_;
    mutable bool dismissed_ = false;
  };

  void close() {
    session_.reset();
    stream_.reset();
  }

  static Result out_of_order(const Parcel& parcel, const Outcome& outcome) {
    return {std::vector(parcel.recipients.size(), outcome), true};
  }

  Outcome outcome_of(const Reply& reply) const {
    const bool taken = reply.code >= 200 && reply.code < 300;
    const bool is_final = options_.dialect == smtp::Dialect::lmtp;
    Outcome outcome;
    outcome.kind = taken               ? is_final ? Outcome::Kind::delivered : Outcome::Kind::relayed
                   : reply.code >= 500 ? Outcome::Kind::failed
                                       : Outcome::Kind::later;
    outcome.status = reply.status;
    outcome.text = text_of(reply);
    outcome.tells_sender = taken && session_->takes_wishes();
    return outcome;
  }

  Task<std::optional<Outcome>> be_connected() {
    if (session_) co_return std::nullopt;
    auto stream = co_await connect_();
    if (!stream) {
      Outcome outcome{Outcome::Kind::later, "4.4.1", "no connection: " + stream.error().message()};
      co_return outcome;
    }
    stream_ = std::move(*stream);
    session_.emplace(*stream_, clock_, options_);
    const auto refused = co_await session_->open();
    if (!refused) co_return std::nullopt;
    close();
    // Whatever the code: it was about us, not about this message.
    Outcome outcome{Outcome::Kind::later, refused->status, text_of(*refused)};
    co_return outcome;
  }

  Task<std::vector<Reply>> send(const Parcel& parcel) {
    smtp::Sender sender;
    sender.address = parcel.sender;
    sender.size = parcel.head.size() + parcel.size;
    sender.return_wish = parcel.return_wish;
    sender.envelope_id = parcel.envelope_id;
    auto source = source_of(parcel);
    co_return co_await session_->send(sender, parcel.recipients, std::move(source));
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

smtp::ClientOptions::Tls tls_of(const config::MailHost& way) {
  using Tls = smtp::ClientOptions::Tls;
  if (way.tls == config::MailHost::Tls::never) return Tls::never;
  return way.tls == config::MailHost::Tls::if_offered ? Tls::if_offered : Tls::always;
}

}  // namespace

std::unique_ptr<Outlet> make_mail_host(const config::LmtpSocket& way, std::string host, Clock& clock) {
  auto connect = [path = way.path]() { return stream::connect_local(path); };
  return std::make_unique<MailHost>(connect, options_for(std::move(host), true), clock);
}

std::unique_ptr<Outlet> make_mail_host(const config::MailHost& way, std::string host, Clock& clock) {
  auto options = options_for(std::move(host), way.lmtp);
  options.user = way.user;
  options.password = way.password;
  options.tls = tls_of(way);
  const auto trust = way.tls == config::MailHost::Tls::always ? stream::Trust::proven : stream::Trust::anyone;
  auto connect = [host_name = way.host, port = way.port, trust, &clock]() {
    return stream::connect_tcp(host_name, port, trust, clock, clock.now() + patience_for_connection);
  };
  return std::make_unique<MailHost>(connect, options, clock);
}

}  // namespace external::outlet
