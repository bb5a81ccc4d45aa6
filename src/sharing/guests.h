#pragma once
// Who is in: clients, from their first word to the end of their connection.

#include "client.h"
#include "pool.h"

namespace external::sharing {

struct Guest {
  std::shared_ptr<Client> client;
  std::shared_ptr<Pool> pool;  ///< the one it came to, also if that is none any more
};

/// Used on the thread of the lines.
class Guests {
 public:
  /// A client among the guests, and in the queue of its pool, as long as this object is there.
  class Place {
   public:
    Place(Guests& guests, Guest guest) : guests_(guests), guest_(std::move(guest)) {
      guests_.all_.push_back(guest_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      guest_.pool->waiting.remove(guest_.client.get());
      std::erase_if(guests_.all_, [this](const Guest& one) { return one.client == guest_.client; });
    }

   private:
    Guests& guests_;
    Guest guest_;
  };

  /// In the order in which they came. A copy, so that they may go meanwhile.
  std::vector<Guest> all() const { return all_; }

  /// Null: there is no such client.
  const Guest* find(std::uint64_t id) const {
    return find_if([id](const Client& client) { return client.id() == id; });
  }

  /// Who has the modem of `instance` (any case); null: nobody.
  const Guest* lessee_of(std::string_view instance) const {
    return find_if([instance](const Client& client) {
      return client.has_modem() && equal_no_case(client.instance(), instance);
    });
  }

 private:
  template <class Is>
  const Guest* find_if(Is is) const {
    const auto found = std::ranges::find_if(all_, [&](const Guest& guest) { return is(*guest.client); });
    return found == all_.end() ? nullptr : &*found;
  }

  std::vector<Guest> all_;
};

}  // namespace external::sharing
