#include "local_mail.h"

#include "entrance.h"
#include "exit.h"
#include "home.h"

#include <external/base/text.h>

#include <ostream>

namespace external::commands {

namespace {

Exit exit_for(const smtp::Reply& reply) {
  if (reply.code < 500) return Exit::try_later;
  if (reply.status == "5.1.1") return Exit::no_user;
  if (reply.status == "5.1.2") return Exit::no_host;
  return Exit::data;
}

void require(const std::optional<smtp::Reply>& refusal, const std::string& about) {
  if (!refusal) return;
  throw Failure(exit_for(*refusal), "nothing taken: " + about + visible(refusal->lines.front()));
}

}  // namespace

LocalMail::LocalMail(const config::Settings& settings, Surroundings& world)
    : settings_(settings),
      world_(world),
      disk_(disk_guard(settings)),
      depot_(io_.get_executor(), settings.queue_file(), Worker::Place::here),
      intake_(house(std::make_shared<const engine::Directory>(directory(settings))), depot_, world.clock,
              {[this] { news_ = true; },
               {},
               [this](const std::string& line) { world_.err << line << "\n"; },
               [this](std::uint64_t bytes) { return disk_.refusal(bytes, settings_.home_po); },
               {}}) {}

LocalMail::~LocalMail() = default;

void LocalMail::serve(stream::Stream& stream, smtp::DialogueOptions options) {
  options.host = host_name(settings_);
  options.largest = settings_.max_lan_mail_size.value_or(0);
  run(smtp::serve(stream, {"local", world_.user, {}, false, {}}, world_.clock, intake_, options));
}

void LocalMail::take(smtp::Client client, smtp::Sender sender, std::vector<smtp::Recipient> recipients,
                     const Source& source) {
  run(offer(std::move(client), std::move(sender), std::move(recipients), source));
}

void LocalMail::run(Task<> task) {
  std::exception_ptr failure;
  asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown) { failure = thrown; });
  io_.run();
  io_.restart();
  if (std::exchange(news_, false)) tell_news(settings_);
  if (failure) std::rethrow_exception(failure);
}

Task<> LocalMail::offer(smtp::Client client, smtp::Sender sender, std::vector<smtp::Recipient> recipients,
                        const Source& source) {
  auto refusal = co_await intake_.sender(client, sender);
  require(refusal, "");
  for (const auto& recipient : recipients) {
    refusal = co_await intake_.recipient(client, sender, recipient);
    require(refusal, "address '" + visible(recipient.address) + "': ");
  }
  const auto message = intake_.begin(client, std::move(sender), std::move(recipients));
  for (auto piece = source(); !piece.empty(); piece = source()) {
    refusal = co_await message->append(piece);
    require(refusal, "");
  }
  const auto replies = co_await message->commit();
  for (const auto& reply : replies) {
    if (!reply.ok()) require(reply, "");
  }
}

}  // namespace external::commands
