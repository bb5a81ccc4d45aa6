#pragma once
// What the compiler makes of a script: linear code with jumps, so that a `goto` may lead into a block.

#include <external/modem/script.h>

namespace external::modem {

enum class SystemVariable { response, dial_mode, phone_number, listen, ri, key };

struct UserVariable {
  std::string name;  ///< lower case, without the dollar sign
};

using Term = std::variant<std::string, std::int64_t, SystemVariable, UserVariable>;

/// Terms joined by `+`, at least one.
using Expression = std::vector<Term>;

enum class Relation { equal, not_equal, greater, greater_or_equal, less, less_or_equal, is_in };

struct Condition {
  Expression left;
  Relation relation = Relation::equal;
  Expression right;
};

namespace op {
struct Title {
  Expression text;
};
struct Display {
  Expression text;
};
struct Send {
  Expression text;
  bool line = false;
};
struct Wait {
  std::chrono::seconds time;
};
struct WaitResponse {
  std::chrono::seconds time;
};
struct ClearResponse {};
struct Echo {
  bool on = true;
};
struct Dtr {
  bool high = true;
};
struct Baud {
  unsigned speed = 0;
};
struct Port {
  std::string name;
};
struct GetKey {};
struct Add {
  std::string variable;
  std::int64_t step = 0;
};
struct Assign {
  std::string variable;
  Expression value;
};
struct Jump {
  std::size_t target = 0;
};
struct JumpUnless {
  Condition condition;
  std::size_t target = 0;
};
struct Return {
  Expression code;
};
}  // namespace op

using Operation = std::variant<op::Title, op::Display, op::Send, op::Wait, op::WaitResponse,
                               op::ClearResponse, op::Echo, op::Dtr, op::Baud, op::Port, op::GetKey, op::Add,
                               op::Assign, op::Jump, op::JumpUnless, op::Return>;

struct Instruction {
  Operation operation;
  std::size_t line = 0;  ///< in the source
  bool written = true;   ///< false: the compiler's own, such as the jump over an `else`
};

struct Program {
  std::string file;
  std::vector<Instruction> code;  ///< each procedure ends in a Return
  std::array<std::optional<std::size_t>, procedures.size()> entries;
  bool reads_ring_line = false;

  std::optional<std::size_t> entry(Procedure procedure) const {
    return entries[static_cast<std::size_t>(procedure)];
  }
};

}  // namespace external::modem
