#include "ascii.h"
#include "ask.h"
#include "command.h"
#include "login.h"
#include "talk.h"
#include "transfer.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/smtp/dialogue.h>

namespace external::smtp {

namespace {

constexpr auto patience_for_farewell = std::chrono::seconds(5);

Reply bad_sequence(std::string text) {
  return {503, "5.5.1", std::move(text)};
}

}  // namespace

class Dialogue {
 public:
  Dialogue(stream::Stream& stream, Client client, Clock& clock, Reception& reception, DialogueOptions options)
      : stream_(stream),
        client_(std::move(client)),
        clock_(clock),
        reception_(reception),
        options_(std::move(options)),
        talk_(stream, clock, options_.patience) {}

  Task<> run() {
    say({220, "", options_.host + (lmtp() ? " LMTP" : " ESMTP") + " External"});
    while (!over_) {
      const auto line = co_await talk_.read_line();
      if (!line) break;
      if (line->size() > Talk::longest_line) {
        mistake({500, "5.5.2", "the line is too long"});
      } else {
        co_await obey(read_command(*line));
      }
    }
    co_await talk_.flush();
  }

  Talk& talk() { return talk_; }

 private:
  bool lmtp() const { return options_.dialect == Dialect::lmtp; }

  void say(const Reply& reply) { talk_.say(reply); }

  void mistake(const Reply& reply) {
    say(reply);
    if (++mistakes_ < options_.most_mistakes) return;
    say({421, "4.7.0", "too many mistakes; good bye"});
    over_ = true;
  }

  void answer(const Reply& reply) {
    if (reply.code >= 500) return mistake(reply);
    say(reply);
  }

  Task<> obey(Command command) {
    if (transfer_ && command.verb != Verb::bdat && command.verb != Verb::rset && command.verb != Verb::quit &&
        command.verb != Verb::noop) {
      mistake(bad_sequence("a message is coming in chunks; send BDAT or RSET"));
      co_return;
    }
    switch (command.verb) {
      case Verb::helo:
      case Verb::ehlo:
      case Verb::lhlo:
        hello(command);
        break;
      case Verb::mail:
        co_await mail(command.argument);
        break;
      case Verb::rcpt:
        co_await rcpt(command.argument);
        break;
      case Verb::data:
        co_await data(command.argument);
        break;
      case Verb::bdat:
        co_await bdat(command.argument);
        break;
      case Verb::rset:
        forget_message();
        say({250, "2.0.0", "forgotten"});
        break;
      case Verb::noop:
        say({250, "2.0.0", "here"});
        break;
      case Verb::quit:
        say({221, "2.0.0", "good bye"});
        over_ = true;
        break;
      case Verb::vrfy:
        answer({252, "2.5.0", "send mail to it and see"});
        break;
      case Verb::expn:
        mistake({502, "5.5.1", "EXPN is not offered"});
        break;
      case Verb::help:
        say({214, "2.0.0", "commands as in RFC 5321; postmaster@" + options_.host + " is a person"});
        break;
      case Verb::starttls:
        co_await start_tls();
        break;
      case Verb::auth:
        co_await auth(command.argument);
        break;
      case Verb::unknown:
        mistake({500, "5.5.2", "unknown command"});
        break;
    }
  }

  void hello(const Command& command) {
    const bool fits = lmtp() ? command.verb == Verb::lhlo : command.verb != Verb::lhlo;
    if (!fits)
      return mistake(
          {500, "5.5.1", lmtp() ? "this is LMTP; begin with LHLO" : "this is SMTP; begin with EHLO"});
    if (command.argument.empty()) return mistake({501, "5.5.4", "your name must follow"});
    forget_message();
    client_.name = command.argument;
    client_.protocol = lmtp() ? "LMTP" : command.verb == Verb::helo ? "SMTP" : "ESMTP";
    greeted_ = true;
    Reply reply(250, "", options_.host);
    if (command.verb != Verb::helo) {
      for (auto& line : extensions()) reply.lines.push_back(std::move(line));
    }
    say(reply);
  }

  std::vector<std::string> extensions() const {
    std::vector<std::string> lines{"PIPELINING",
                                   options_.largest ? "SIZE " + std::to_string(options_.largest) : "SIZE",
                                   "8BITMIME",
                                   "SMTPUTF8",
                                   "DSN",
                                   "CHUNKING",
                                   "ENHANCEDSTATUSCODES"};
    if (offers_tls()) lines.emplace_back("STARTTLS");
    if (offers_auth()) lines.emplace_back("AUTH PLAIN LOGIN");
    return lines;
  }

  bool offers_tls() const { return stream_.offers_tls() && !client_.encrypted; }
  bool offers_auth() const { return options_.auth && (client_.encrypted || !options_.auth_needs_tls); }

  Task<> mail(std::string_view argument) {
    if (!greeted_) {
      mistake(bad_sequence(lmtp() ? "begin with LHLO" : "begin with EHLO or HELO"));
      co_return;
    }
    if (sender_) {
      mistake(bad_sequence("a message has been begun; send RSET first"));
      co_return;
    }
    if (options_.auth_required && client_.user.empty()) {
      mistake({530, "5.7.0", "authenticate first"});
      co_return;
    }
    auto read = read_sender(argument);
    if (const auto* refusal = std::get_if<Reply>(&read)) {
      mistake(*refusal);
      co_return;
    }
    auto& sender = std::get<Sender>(read);
    auto refusal = objection(sender);
    if (!refusal) refusal = co_await ask([&] { return reception_.sender(client_, sender); });
    if (refusal) {
      answer(*refusal);
      co_return;
    }
    sender_ = std::move(sender);
    say({250, "2.1.0", "go on"});
  }

  std::optional<Reply> objection(const Sender& sender) const {
    if (!sender.utf8 && !is_ascii(sender.address)) return without_utf8();
    if (sender.size && options_.largest != 0 && *sender.size > options_.largest)
      return too_large(options_.largest);
    return std::nullopt;
  }

  static Reply without_utf8() {
    return {553, "5.6.7", "an address with letters beyond ASCII needs SMTPUTF8 after MAIL FROM (RFC 6531)"};
  }

  Task<> rcpt(std::string_view argument) {
    if (!sender_) {
      mistake(bad_sequence("MAIL FROM comes first"));
      co_return;
    }
    auto read = read_recipient(argument);
    if (const auto* refusal = std::get_if<Reply>(&read)) {
      mistake(*refusal);
      co_return;
    }
    auto& recipient = std::get<Recipient>(read);
    std::optional<Reply> refusal;
    if (!sender_->utf8 && !is_ascii(recipient.address)) refusal = without_utf8();
    if (recipients_.size() >= options_.most_recipients)
      refusal = Reply(452, "4.5.3", "too many recipients; send the others with another message");
    if (!refusal) refusal = co_await ask([&] { return reception_.recipient(client_, *sender_, recipient); });
    if (refusal) {
      answer(*refusal);
      co_return;
    }
    recipients_.push_back(std::move(recipient));
    say({250, "2.1.5", "go on"});
  }

  Task<> data(std::string_view argument) {
    if (!argument.empty()) {
      mistake({501, "5.5.4", "DATA has no arguments"});
      co_return;
    }
    if (recipients_.empty()) {
      mistake(sender_ ? Reply(554, "5.5.1", "no recipient was accepted")
                      : bad_sequence("MAIL FROM and RCPT TO come first"));
      co_return;
    }
    begin(ContentReader::End::dot);
    say({354, "", "end with a line that holds one dot"});
    while (!transfer_->ended()) {
      const bool more = co_await read_content(std::string_view::npos);
      if (!more) co_return;
    }
    co_await commit();
  }

  Task<> bdat(std::string_view argument) {
    const auto read = read_chunk(argument);
    if (const auto* refusal = std::get_if<Reply>(&read)) {
      // How many bytes follow cannot be known, so nothing after this can be understood.
      say(*refusal);
      over_ = true;
      co_return;
    }
    const auto chunk = std::get<Chunk>(read);
    if (!transfer_ && !recipients_.empty()) begin(ContentReader::End::size);
    for (auto left = chunk.size; left > 0;) {
      const auto size = co_await read_content(left);
      if (size == 0) co_return;
      left -= size;
    }
    if (!transfer_) {
      mistake(sender_ ? Reply(554, "5.5.1", "no recipient was accepted")
                      : bad_sequence("MAIL FROM and RCPT TO come first"));
    } else if (chunk.last) {
      co_await commit();
    } else if (transfer_->refusal()) {
      answer(*transfer_->refusal());
    } else {
      say({250, "2.0.0", std::to_string(chunk.size) + " bytes"});
    }
  }

  /// Takes up to `most` bytes of the content that is coming in, or of what nobody wants; how many it took. 0:
  /// the client is gone, and all is over.
  Task<std::size_t> read_content(std::uint64_t most) {
    const auto text = co_await talk_.unread();
    if (text.empty()) {
      over_ = true;
      forget_message();
      co_return 0;
    }
    auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, text.size()));
    if (transfer_) size = co_await transfer_->take(text.substr(0, size));
    talk_.take(size);
    co_return size;
  }

  void begin(ContentReader::End end) {
    transfer_.emplace(reception_, client_, *sender_, std::exchange(recipients_, {}), options_.largest, end);
  }

  Task<> commit() {
    auto replies = co_await transfer_->commit();
    // SMTP has one answer for all; who got it and who did not, the sender is then told by mail.
    const bool all_in_one = !lmtp() && !replies.empty();
    const bool success =
        std::any_of(replies.begin(), replies.end(), [](const Reply& one) { return one.ok(); });
    if (all_in_one) {
      const auto first =
          std::find_if(replies.begin(), replies.end(), [&](const Reply& one) { return one.ok() == success; });
      replies = std::vector<Reply>(1, *first);
    }
    forget_message();
    for (const auto& reply : replies) say(reply);
    if (success) mistakes_ = 0;
  }

  template <class Question>
  Task<std::optional<Reply>> ask(Question question) {
    return smtp::ask(reception_, client_, std::move(question));
  }

  void forget_message() {
    transfer_.reset();
    sender_.reset();
    recipients_.clear();
  }

  Task<> start_tls() {
    if (!offers_tls()) {
      mistake(client_.encrypted ? bad_sequence("the connection is encrypted already")
                                : Reply(502, "5.5.1", "STARTTLS is not offered"));
      co_return;
    }
    say({220, "2.0.0", "go ahead"});
    forget_message();
    greeted_ = false;
    client_.name.clear();
    client_.encrypted = co_await talk_.start_tls();
    over_ = !client_.encrypted;
  }

  Task<> auth(std::string_view argument) {
    if (!offers_auth()) {
      mistake(options_.auth ? Reply(538, "5.7.11", "AUTH needs an encrypted connection; send STARTTLS first")
                            : Reply(502, "5.5.1", "AUTH is not offered"));
      co_return;
    }
    if (!client_.user.empty() || sender_ || !greeted_) {
      mistake(bad_sequence(client_.user.empty() ? "AUTH comes after EHLO and before MAIL"
                                                : "you have authenticated already"));
      co_return;
    }
    const auto start = read_auth(argument);
    if (start.mechanism == Mechanism::unknown) {
      mistake({504, "5.5.4", "expected AUTH PLAIN or AUTH LOGIN"});
      co_return;
    }
    const auto credentials = co_await read_credentials(talk_, start);
    if (!credentials) {
      mistake({501, "5.5.2", "that is no answer to AUTH"});
      co_return;
    }
    const auto refusal = co_await ask(
        [&] { return reception_.authenticate(client_, credentials->first, credentials->second); });
    if (!refusal) {
      client_.user = credentials->first;
      say({235, "2.7.0", "welcome"});
    } else if (refusal->code == 535) {
      co_await wrong_password(*refusal);
    } else {
      answer(refusal->code == 421 ? *refusal : Reply(454, "4.7.0", "trouble here; try again later"));
      over_ = refusal->code == 421;
    }
  }

  /// Who guesses waits longer each time, and not often.
  Task<> wrong_password(const Reply& refusal) {
    co_await clock_.wait_for(options_.guess_pause * (1U << guesses_));
    mistake(refusal);
    if (++guesses_ < options_.most_guesses) co_return;
    say({421, "4.7.0", "too many wrong passwords; good bye"});
    over_ = true;
  }

  stream::Stream& stream_;
  Client client_;
  Clock& clock_;
  Reception& reception_;
  DialogueOptions options_;

  Talk talk_;
  std::size_t mistakes_ = 0;
  std::size_t guesses_ = 0;
  bool over_ = false;

  bool greeted_ = false;
  std::optional<Sender> sender_;
  std::vector<Recipient> recipients_;

  std::optional<Transfer> transfer_;  ///< of content that is coming in
};

Task<> serve(stream::Stream& stream, Client client, Clock& clock, Reception& reception,
             DialogueOptions options) {
  Dialogue dialogue(stream, std::move(client), clock, reception, options);
  std::exception_ptr cancelled;
  bool silent = false;
  try {
    const auto first = co_await first_of(dialogue.run(), dialogue.talk().silence());
    silent = first == 1;
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
    cancelled = std::current_exception();
  }
  if (!silent && !cancelled) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const Reply farewell(421, silent ? "4.4.2" : "4.3.2",
                       silent ? "you were silent for too long" : "closing down; try again later");
  auto say = [&]() -> Task<> { co_await stream.write(dialogue.talk().take_replies() + farewell.wire()); };
  co_await first_of(say(), clock.wait_for(patience_for_farewell));
  if (cancelled) std::rethrow_exception(cancelled);
}

}  // namespace external::smtp
