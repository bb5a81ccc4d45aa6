#include "sign_on.h"

#include <external/base/guard.h>
#include <external/base/text.h>

#include <fmt/format.h>

namespace external::engine {

bool is_person(const config::Settings& settings, const std::string& caller) {
  return caller.starts_with(settings.home_po + "/");
}

SignOn::SignOn(Context& context, std::shared_ptr<const config::Settings> settings,
               const config::Instance& instance, const Place& place)
    : context_(context), settings_(std::move(settings)), instance_(instance), place_(place) {}

Task<error_code> SignOn::run(TimePoint deadline) {
  return place_.called.empty() ? answer(deadline) : call(deadline);
}

Task<error_code> SignOn::call(TimePoint deadline) {
  const auto key = co_await context_.keys.key_of(place_.called);
  if (!key) co_return link::Error::wrong_credentials;
  const auto own_name = context_.store.directory()->book().here();
  const auto agreement = co_await link::sign_on_as_caller(place_.link, own_name, place_.called, terms(), *key,
                                                          context_.dictionaries, deadline);
  co_await cancellation_point();
  if (!agreement) {
    explain_refusal(agreement.error());
    co_return agreement.error();
  }
  peer_ = agreement->peer;
  co_return error_code();
}

/// The caller sends its mail before it knows whether it is welcome, and with whom it speaks.
Task<> SignOn::meet() {
  const auto error = co_await place_.link.meet(never);
  co_await cancellation_point();
  if (error) {
    explain_refusal(error);
  } else {
    write(fmt::format("Connected to {}{}.", peer_, speed_text()));
    tell_losses();
  }
  co_await asio::steady_timer(context_.executor, asio::steady_timer::time_point::max())
      .async_wait(asio::use_awaitable);
}

void SignOn::explain_refusal(error_code error) {
  if (error == link::Error::wrong_credentials) {
    write(fmt::format(
        "{} refused us: sign-on ID or password incorrect; Password must be the same at both ends.",
        place_.called));
  } else if (error == link::Error::wrong_address) {
    write(fmt::format("The post office that answered is not {}; check its Phone or Address.", place_.called));
  }
}

/// What the line eats costs time; who knows it can set the modem right.
void SignOn::tell_losses() {
  const auto losses = place_.link.losses().value_or(0);
  if (losses == 0) return;
  write(
      fmt::format("The line does not carry {}; it is worked without, which costs time. Look at flow control, "
                  "parity and Telnet settings of modem and port.",
                  link::describe_losses(losses)));
}

Task<error_code> SignOn::answer(TimePoint deadline) {
  std::string claimed;
  const link::KeyLookup lookup = [this](std::string name) { return key_of_caller(std::move(name)); };
  auto caller = co_await link::sign_on_as_answerer(place_.link, settings_->home_po, terms(), lookup,
                                                   context_.dictionaries, deadline, &claimed);
  co_await cancellation_point();  // a stop is no fault of the caller
  if (!caller) {
    if (caller.error() == link::Error::wrong_credentials) {
      write(fmt::format("Caller: Sign-on ID or password incorrect. It called itself {}, {}.",
                        visible(claimed), why_refused(claimed)));
    } else if (claimed.empty()) {
      describe_stranger(caller.error());
    }
    co_return caller.error();
  }
  peer_ = caller->peer;
  write(fmt::format("Connected: caller is {}{}.", peer_, speed_text()));
  tell_losses();
  co_return error_code();
}

std::string SignOn::why_refused(const std::string& claimed) const {
  if (is_person(*settings_, claimed)) {
    if (!settings_->remote_users) return "a mailbox, and RemoteUsers = no";
    return known_person_ ? "a mailbox whose password is another one"
                         : "and no such mailbox has a password here: external mailbox password NAME";
  }
  const bool known = settings_->find_post_office(claimed) != nullptr;
  return known ? "whose Password here is another one" : "which is not in external.ini";
}

/// What this end says of itself.
link::Terms SignOn::terms() const {
  link::Terms terms;
  terms.encrypted = instance_.encryption;
  terms.reliable = instance_.line_reliable;
  terms.half_duplex = instance_.half_duplex;
  return terms;
}

/// From memory and a worker of its own: whoever rings is answered while the disk of the queue hangs
/// (Q178697). Any line will do, whichever calls that post office: members of a hunt group are not to differ
/// (Q173787).
Task<std::optional<link::Key>> SignOn::key_of_caller(std::string name) {
  if (is_person(*settings_, name)) {
    const auto key = co_await context_.keys.key_of_person(name.substr(name.rfind('/') + 1));
    known_person_ = key.has_value();
    co_return key;
  }
  if (!guarded("R53")) co_await context_.store.with_queue([](const mailqueue::Queue&) {});
  const auto* office = settings_->find_post_office(name);
  if (!guarded("R56") && office && !office->called_by(instance_.name)) co_return std::nullopt;
  co_return co_await context_.keys.key_of(std::move(name));
}

/// Somebody called who is no External.
void SignOn::describe_stranger(error_code error) {
  const auto heard = place_.link.statistics();
  if (heard.frames_received > 0 || error == line::Error::hung_up) return;
  write(
      heard.bytes_received == 0
          ? "Caller did not sign on: it sent nothing; a person, a fax or a wrong number."
          : fmt::format("Caller did not sign on: it sent {} bytes that no External sends; a person, a fax or "
                        "another program.",
                        heard.bytes_received));
}

std::string SignOn::speed_text() const {
  if (!place_.connect.empty())
    return fmt::format(" ({}), port at {} bps", place_.connect, place_.line.speed());
  return place_.line.speed() > 0 ? fmt::format(" at {} bps", place_.line.speed()) : std::string();
}

}  // namespace external::engine
