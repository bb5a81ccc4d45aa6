#pragma once
// GMime, owned as C++ owns things.

#include <memory>

#include <gmime/gmime.h>

namespace external::mime {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
struct Free {
  void operator()(void* memory) const { g_free(memory); }
};
struct FreeOptions {
  void operator()(GMimeParserOptions* options) const { g_mime_parser_options_free(options); }
};

template <class Type>
using Object = std::unique_ptr<Type, Unref>;
using Text = std::unique_ptr<char, Free>;
using Options = std::unique_ptr<GMimeParserOptions, FreeOptions>;

/// How we read: the same in every locale. GMime is made ready at the first call; any thread.
Options make_options();

}  // namespace external::mime
