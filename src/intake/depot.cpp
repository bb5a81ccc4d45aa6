#include <external/intake/depot.h>

namespace external::intake {

namespace {

/// Other programs wait for the write lock while a group is made durable.
constexpr std::size_t most_together = 256;

struct Item {
  Item(const asio::any_io_executor& executor, Depot::Job its_job) : job(std::move(its_job)), done(executor) {}

  Depot::Job job;
  std::exception_ptr failure;
  Event done;
};

using Group = std::vector<std::shared_ptr<Item>>;

/// Each by itself, so that one that cannot be accepted keeps no other out.
void do_singly(mailqueue::Queue& queue, const Group& group) {
  for (const auto& item : group) {
    try {
      queue.batch([&] { item->job(queue); });
    } catch (...) {
      item->failure = std::current_exception();
    }
  }
}

void do_together(mailqueue::Queue& queue, const Group& group) {
  try {
    queue.batch([&] {
      for (const auto& item : group) item->job(queue);
    });
  } catch (...) {
    do_singly(queue, group);
  }
}

}  // namespace

class Depot::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, const std::filesystem::path& file, Worker::Place place)
      : executor_(executor), queue_(file), worker_(place) {}

  Task<> put(Job job) {
    const auto item = std::make_shared<Item>(executor_, std::move(job));
    gathered_.push_back(item);
    if (!std::exchange(at_work_, true)) asio::co_spawn(executor_, work(shared_from_this()), asio::detached);
    // The job uses what its caller owns, so a caller that is cancelled waits for it all the same.
    co_await asio::co_spawn(executor_, item->done.wait(),
                            asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    if (item->failure) std::rethrow_exception(item->failure);
  }

  mailqueue::Queue& queue() { return queue_; }
  Worker& worker() { return worker_; }

 private:
  Group take() {
    const auto size = std::min(gathered_.size(), most_together);
    const auto end = gathered_.begin() + static_cast<std::ptrdiff_t>(size);
    Group group(gathered_.begin(), end);
    gathered_.erase(gathered_.begin(), end);
    return group;
  }

  static Task<> work(std::shared_ptr<Impl> self) {
    while (!self->gathered_.empty()) {
      const auto group = self->take();
      auto job = [&] { do_together(self->queue_, group); };
      co_await self->worker_.run(job);
      for (const auto& item : group) item->done.set();
    }
    self->at_work_ = false;
  }

  asio::any_io_executor executor_;
  mailqueue::Queue queue_;
  std::deque<std::shared_ptr<Item>> gathered_;  ///< in the order in which they came
  bool at_work_ = false;
  Worker worker_;  // last: it is joined before what its jobs use goes
};

Depot::Depot(const asio::any_io_executor& executor, const std::filesystem::path& queue, Worker::Place place)
    : impl_(std::make_shared<Impl>(executor, queue, place)) {}

Depot::~Depot() = default;

Task<> Depot::put(Job job) {
  return impl_->put(std::move(job));
}

/// Used on the worker only, but for the pointers themselves.
struct Depot::Parcel::State {
  State(std::shared_ptr<Impl> its_depot, WallTime its_time) : depot(std::move(its_depot)), time(its_time) {}

  mailqueue::Writer& writer() {
    if (!open) open.emplace(depot->queue().begin(time));
    return *open;
  }

  std::shared_ptr<Impl> depot;
  WallTime time;
  std::optional<mailqueue::Writer> open;
};

std::unique_ptr<Depot::Parcel> Depot::open(WallTime now) {
  return std::unique_ptr<Parcel>(new Parcel(std::make_shared<Parcel::State>(impl_, now)));
}

Depot::Parcel::Parcel(std::shared_ptr<State> state) : state_(std::move(state)) {}

Depot::Parcel::~Parcel() {
  auto state = std::move(state_);
  auto& worker = state->depot->worker();
  worker.post([state] { state->open.reset(); });
}

Task<> Depot::Parcel::append(std::string content) {
  const auto state = state_;
  auto job = [&] { state->writer().append(content); };
  co_await state->depot->worker().run(job);
}

Task<> Depot::Parcel::commit(std::function<void(mailqueue::Queue&, mailqueue::Writer&)> job) {
  const auto state = state_;
  auto whole = [&] { state->depot->queue().batch([&] { job(state->depot->queue(), state->writer()); }); };
  co_await state->depot->worker().run(whole);
}

}  // namespace external::intake
