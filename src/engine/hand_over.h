#pragma once
// Handing over the mail that leaves by one way out. docs/delivery.md

#include "context.h"

#include <external/base/task_group.h>
#include <external/engine/ways_out.h>
#include <external/outlet/outlet.h>

namespace external::engine {

/// Takes what is due for one way out from the queue, a few messages at a time, and hands it over. Mail that
/// is not settled when it ends is queued again. Runs on the engine's thread.
class HandOver {
 public:
  using Tell = std::function<void(const postoffice::DeliveryEvent&)>;

  /// `context` and `make` must outlive it.
  HandOver(Context& context, WayOut way, const MakeOutlet& make, Tell tell);

  /// Works until `stop` is set; what is on its way then gets a few seconds to arrive.
  Task<> run(Event& stop);

  /// There may be mail that is due.
  void wake() { changed_.set(); }

  const WayOut& way() const { return way_; }

  /// Nothing is on its way, and nothing that may be due has not been looked for.
  bool is_idle() const { return !looking_ && !changed_.is_set() && on_their_way_ == 0; }

  /// The last time it was tried nobody was there, or it refused us.
  bool is_out_of_order() const { return out_of_order_; }

 private:
  struct Idle {
    std::unique_ptr<outlet::Outlet> outlet;
    TimePoint since{};
  };
  struct Trouble {
    CallRecord record;
    bool is_news = false;
  };
  class Unsettled;
  class Carrier;

  Task<> look(TaskGroup& carriers);
  Task<> carry(mailqueue::Work work);
  Task<bool> carry_part(const mailqueue::Work& part, outlet::Outlet& outlet, Unsettled& unsettled);
  Task<bool> take_trouble(std::exception_ptr thrown, const mailqueue::Work& part, outlet::Result& result);
  Task<> settle(const mailqueue::Work& part, const outlet::Result& result);
  void tell_sent(const mailqueue::Work& part, const outlet::Result& result);
  Task<std::string> read(mailqueue::MessageId message, std::uint64_t offset, std::size_t size) const;
  Task<> close(std::unique_ptr<outlet::Outlet> outlet);
  Task<> close_all();

  // On the worker:
  std::vector<mailqueue::Work> take(mailqueue::Queue& queue, std::size_t most);
  std::vector<mailqueue::Work> pick(mailqueue::Queue& queue, std::size_t most);
  bool keep_own(mailqueue::Queue& queue, mailqueue::Work& work) const;
  std::vector<std::string> destinations(mailqueue::Queue& queue) const;
  Trouble note_trouble(mailqueue::Queue& queue, const std::string& text, WallTime now) const;
  bool note_success(mailqueue::Queue& queue, WallTime now) const;

  outlet::Parcel parcel_of(const mailqueue::Work& part) const;
  std::string head_of(const mailqueue::Work& part) const;
  std::unique_ptr<outlet::Outlet> take_outlet();
  void close_idle(TaskGroup& carriers);
  TimePoint next_to_close() const;
  std::size_t recipients_at_once() const;
  void say(const std::string& text);

  Context& context_;
  const WayOut way_;
  const MakeOutlet& make_;
  Tell tell_;
  Event changed_;
  Event* stop_ = nullptr;
  std::vector<Idle> idle_;
  std::size_t on_their_way_ = 0;  ///< messages
  std::size_t most_now_ = 1;      ///< that the other side takes at once, as far as known
  bool looking_ = false;
  bool out_of_order_ = false;
  std::string trouble_;  ///< of the queue, said once
};

}  // namespace external::engine
