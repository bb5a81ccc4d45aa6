#pragma once
// What a call of a person's machine asks for, for an External that runs already.

#include <external/session/wish.h>

#include <boost/json.hpp>

namespace external::commands {

struct CallWish {
  session::Wish wish = {};  ///< but for what the machine knows itself
  bool tell_deleted = false;
};

boost::json::object to_json(const CallWish& wish);

/// What is missing has its default. Throws boost::system::system_error for values that are none.
CallWish wish_from_json(const boost::json::object& object);

}  // namespace external::commands
