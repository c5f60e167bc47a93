// Linked into a test executable: it finds the test bundle before the installed ones.
#include <cstdlib>
#include <string>

namespace {

const int found = [] {
  const char* before = std::getenv("LV2_PATH");
  const std::string installed = before ? before : "/usr/local/lib/lv2:/usr/lib/lv2";
  return setenv("LV2_PATH", (FALTUNG_TEST_BUNDLES ":" + installed).c_str(), 1);
}();

}  // namespace
