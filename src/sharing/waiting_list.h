#pragma once
// Who gets the next modem of a pool.

#include <cstddef>
#include <deque>

namespace external::sharing {

/// First come, first served, but for those who go first; of them at most `most_in_a_row` pass others who
/// wait, so that nobody waits for ever. `Client` is anything that can be compared.
template <class Client>
class WaitingList {
 public:
  static constexpr unsigned most_in_a_row = 3;

  void add(Client client, bool goes_first) { (goes_first ? first_ : others_).push_back(client); }

  void remove(const Client& client) {
    std::erase(first_, client);
    std::erase(others_, client);
  }

  bool empty() const { return first_.empty() && others_.empty(); }
  std::size_t size() const { return first_.size() + others_.size(); }

  /// In the order in which they will be served if nobody joins them.
  std::deque<Client> in_order() const {
    WaitingList rest = *this;
    std::deque<Client> order;
    while (!rest.empty()) order.push_back(rest.take());
    return order;
  }

  /// The next one; not for an empty list.
  const Client& next() const { return serves_first() ? first_.front() : others_.front(); }

  /// The next one, who waits no longer.
  Client take() {
    const bool from_first = serves_first();
    auto& from = from_first ? first_ : others_;
    passed_ = from_first && !others_.empty() ? passed_ + 1 : 0;
    Client client = from.front();
    from.pop_front();
    return client;
  }

 private:
  bool serves_first() const {
    if (first_.empty()) return false;
    return others_.empty() || passed_ < most_in_a_row;
  }

  std::deque<Client> first_;
  std::deque<Client> others_;
  unsigned passed_ = 0;  ///< how many of `first_` went before others in a row
};

}  // namespace external::sharing
