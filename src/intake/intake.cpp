#include <external/base/text.h>
#include <external/intake/intake.h>
#include <external/postoffice/header.h>
#include <external/postoffice/sender.h>
#include <external/postoffice/submit.h>
#include <external/postoffice/trace.h>

namespace external::intake {

using postoffice::BadAddress;
using smtp::Reply;

namespace {

/// Of content that is kept in memory; more goes to the disk as it comes.
constexpr std::size_t small = 256 * 1024;

/// What is not said is as usual (RFC 3461 4.1).
mailqueue::Notify wish_of(const smtp::Notify& notify) {
  if (!notify.said()) return {};
  return {notify.success, notify.failure, notify.delay};
}

/// How the client came, as traces say it (RFC 3848).
std::string protocol_of(const smtp::Client& client) {
  std::string text = client.protocol.empty() ? "ESMTP" : client.protocol;
  if (text == "SMTP" || text == "UUCP") return text;
  if (client.encrypted) text += "S";
  if (!client.user.empty()) text += "A";
  return text;
}

}  // namespace

/// Content on its way in: in memory while it is small, then through a parcel.
class Intake::Message final : public smtp::Incoming {
 public:
  Message(Intake& intake, const smtp::Client& client, const smtp::Sender& sender,
          const std::vector<smtp::Recipient>& recipients)
      : intake_(intake),
        directory_(intake.house_.directory),
        recipients_(recipients.size()),
        envelope_(intake.envelope_for(sender, recipients)),
        trace_(intake.trace(client, envelope_)) {}

  Task<std::optional<Reply>> append(std::string_view content) override {
    size_ += content.size();
    held_ += content;
    if (held_.size() < small) co_return std::nullopt;
    const auto why = intake_.hooks_.refuses ? intake_.hooks_.refuses(size_) : std::string();
    if (!why.empty()) co_return Reply(452, "4.3.1", why);
    co_await move_on();
    co_return std::nullopt;
  }

  Task<std::vector<Reply>> commit() override {
    const auto now = intake_.clock_.wall();
    std::vector<postoffice::DeliveryEvent> events;
    const auto settle = [&](mailqueue::Queue& queue, const auto& accept) {
      const engine::Reception reception(directory_, queue, envelope_, size_, {});
      const auto accepted = accept(reception.envelope());
      events.clear();  // of an attempt that failed
      if (accepted.message) events = reception.settle(queue, *accepted.message, now);
    };
    if (parcel_) {
      if (!held_.empty()) co_await move_on();
      const auto job = [&](mailqueue::Queue& queue, mailqueue::Writer& writer) {
        settle(queue, [&](const mailqueue::Envelope& envelope) { return writer.commit(envelope, now); });
      };
      co_await parcel_->commit(job);
    } else {
      const auto content = top() + held_;
      const auto job = [&](mailqueue::Queue& queue) {
        settle(queue,
               [&](const mailqueue::Envelope& envelope) { return queue.accept(envelope, content, now); });
      };
      co_await intake_.depot_.put(job);
    }
    intake_.tell(events);
    const Reply taken(250, "2.0.0", "taken as " + envelope_.key);
    co_return std::vector<Reply>(recipients_, taken);
  }

 private:
  /// What goes on top: where it came from, and a header if there is none.
  std::string top() const {
    return trace_ + postoffice::missing_header(envelope_, directory_->book(), held_);
  }

  Task<> move_on() {
    auto content = std::exchange(held_, {});
    if (!parcel_) {
      content = trace_ + postoffice::missing_header(envelope_, directory_->book(), content) + content;
      parcel_ = intake_.depot_.open(intake_.clock_.wall());
    }
    co_await parcel_->append(std::move(content));
  }

  Intake& intake_;
  std::shared_ptr<const engine::Directory> directory_;  ///< as it was when the message began
  std::size_t recipients_;
  mailqueue::Envelope envelope_;
  std::string trace_;
  std::string held_;
  std::uint64_t size_ = 0;
  std::unique_ptr<Depot::Parcel> parcel_;
};

Intake::Intake(House house, Depot& depot, Clock& clock, Hooks hooks)
    : house_(std::move(house)),
      trusted_(house_.trusted),
      depot_(depot),
      clock_(clock),
      hooks_(std::move(hooks)) {}

void Intake::move_to(House house) {
  trusted_ = Networks(house.trusted);
  house_ = std::move(house);
}

bool Intake::is_trusted(const smtp::Client& client) const {
  return client.address == "local" || !client.user.empty() || trusted_.contains(client.address);
}

Task<std::optional<Reply>> Intake::sender(const smtp::Client& client, const smtp::Sender& sender) {
  try {
    postoffice::envelope_sender(sender.address, house_.directory->book());
  } catch (const BadAddress& error) {
    co_return Reply(501, "5.1.7", error.what());
  }
  if (!client.user.empty() && !may_send_as(client.user, sender.address))
    co_return Reply(553, "5.7.1", "who is " + client.user + " cannot send as " + sender.address);
  const auto why = hooks_.refuses ? hooks_.refuses(sender.size.value_or(0)) : std::string();
  if (!why.empty()) co_return Reply(452, "4.3.1", why);
  co_return std::nullopt;
}

Task<std::optional<Reply>> Intake::recipient(const smtp::Client& client, const smtp::Sender& sender,
                                             const smtp::Recipient& recipient) {
  postoffice::Address address;
  try {
    address = postoffice::parse_address(recipient.address, house_.directory->book());
  } catch (const BadAddress& error) {
    co_return Reply(553, "5.1.3", error.what());
  }
  const auto hop = house_.directory->routes().next_hop(address.office());
  // Mail for the Internet is relayed, also where the gateway is this post office itself.
  if (std::holds_alternative<postoffice::Local>(hop) && !address.is_foreign()) {
    if (house_.directory->takes(address)) co_return std::nullopt;
    co_return Reply(550, "5.1.1", "no mailbox " + address.mailbox + " at " + house_.directory->book().home);
  }
  if (!is_trusted(client))
    co_return Reply(
        554, "5.7.1",
        "mail for other post offices is not taken from here; authenticate first, or ask to be trusted");
  if (std::holds_alternative<postoffice::Unknown>(hop))
    co_return Reply(550, "5.1.2", "no route to post office " + address.office());
  const auto obstacle = house_.directory->obstacle(address.office(), sender.size.value_or(0));
  if (obstacle) co_return Reply(552, "5.3.4", obstacle->text);
  co_return std::nullopt;
}

std::unique_ptr<smtp::Incoming> Intake::begin(const smtp::Client& client, smtp::Sender sender,
                                              std::vector<smtp::Recipient> recipients) {
  return std::make_unique<Message>(*this, client, sender, recipients);
}

/// A sender of elsewhere may have an address that means nothing here; it is kept as it is.
mailqueue::Envelope Intake::envelope_for(const smtp::Sender& sender,
                                         const std::vector<smtp::Recipient>& recipients) const {
  postoffice::Submission submission;
  for (const auto& recipient : recipients) {
    submission.to.push_back(recipient.address);
    submission.wishes.push_back({wish_of(recipient.notify), recipient.original});
  }
  submission.envelope_id = sender.envelope_id;
  submission.headers_only = sender.return_wish == smtp::Return::headers;
  submission.useful_life = house_.useful_life;
  auto envelope = postoffice::make_envelope(submission, house_.directory->book(), clock_.wall());
  envelope.sender = postoffice::envelope_sender(sender.address, house_.directory->book());
  return envelope;
}

/// RFC 5321 4.4.
std::string Intake::trace(const smtp::Client& client, const mailqueue::Envelope& envelope) const {
  const auto name = visible(client.name).substr(0, 255);
  return "Received: from " + name + " ([" + client.address + "])\n\tby " + house_.host + " (External) with " +
         protocol_of(client) + " id " + envelope.key.substr(0, envelope.key.find('@')) + ";\n\t" +
         postoffice::mail_date(envelope.accepted) + "\n";
}

/// As himself, and as names whose mail he gets: groups he is in. Programs that answer for a person send
/// without a sender (RFC 8098).
bool Intake::may_send_as(const std::string& user, const std::string& sender) const {
  if (sender.empty()) return true;
  const auto mailbox = mailbox_of(user);
  const auto from = postoffice::sender_address(sender, house_.directory->book());
  if (!mailbox || !from) return false;
  const auto members = house_.directory->groups().expand(*from).mailboxes;
  return std::any_of(members.begin(), members.end(), [&](const postoffice::Address& one) {
    return one.office() == house_.directory->book().home && one.mailbox == *mailbox;
  });
}

/// The mailbox here that a user means by his name or address.
std::optional<std::string> Intake::mailbox_of(const std::string& user) const {
  const auto address = postoffice::sender_address(user, house_.directory->book());
  const bool here = address && address->office() == house_.directory->book().home && !address->is_foreign();
  if (!here || !house_.directory->has_mailbox(*address)) return std::nullopt;
  return address->mailbox;
}

Task<std::optional<Reply>> Intake::authenticate(const smtp::Client& client, std::string user,
                                                std::string password) {
  if (!guesses_.may(client.address, clock_.now()))
    co_return Reply(421, "4.7.0",
                    "too many wrong passwords from " + client.address + "; try again in 10 minutes");
  const auto mailbox = mailbox_of(user);
  // Asked for nobody as well, so that the time does not tell who has a mailbox.
  auto asked = mailbox ? *mailbox : std::string(postoffice::postmaster);
  bool right = false;
  if (hooks_.knows) right = co_await hooks_.knows(std::move(asked), std::move(password));
  if (mailbox && right) {
    guesses_.right(client.address);
    co_return std::nullopt;
  }
  guesses_.wrong(client.address, clock_.now());
  // What is no mailbox may be a password in the wrong place: it is not repeated.
  if (hooks_.log)
    hooks_.log("Mail from " + client.address + " was not taken: " +
               (mailbox ? "wrong password for " + *mailbox : "it signed on as a user that is no mailbox") +
               ".");
  co_return Reply(535, "5.7.8", "user or password is wrong");
}

void Intake::tell(const std::vector<postoffice::DeliveryEvent>& events) const {
  if (hooks_.tell) {
    for (const auto& event : events) hooks_.tell(event);
  }
  if (hooks_.news) hooks_.news();
}

void Intake::trouble(const smtp::Client& client, std::string text) {
  if (hooks_.log) hooks_.log("Mail from " + client.address + " was not taken: " + text);
}

}  // namespace external::intake
