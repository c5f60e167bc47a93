// A file as a property of the plugin.
#include "plugins/lv2/file_property.h"

#include <cstring>

namespace faltung::lv2 {
namespace {

constexpr std::size_t kEnvelope = 256;  // bytes of an answer around its path

}  // namespace

bool FilePath::assign(std::string_view path) noexcept {
  path = path.substr(0, path.find('\0'));
  if (path.size() > kMost) return false;
  std::memcpy(text.data(), path.data(), path.size());
  text[path.size()] = '\0';
  return true;
}

FileProperty::FileProperty(const Host& host, const char* plugin, const char* property)
    : urids_(host.urids()), plugin_(host.urid(plugin)), property_(host.urid(property)) {
  lv2_atom_forge_init(&forge_, host.map());
}

bool FileProperty::read(const LV2_Atom_Sequence* messages, FilePath* wanted) noexcept {
  bool asked = false;
  if (!messages || messages->atom.type != urids_.atom_sequence) return false;
  LV2_ATOM_SEQUENCE_FOREACH(messages, event) {
    if (event->body.type != urids_.atom_object) continue;
    asked |= read_one(reinterpret_cast<const LV2_Atom_Object*>(&event->body), wanted);
  }
  return asked;
}

bool FileProperty::concerns(const LV2_Atom* atom, LV2_URID what) const noexcept {
  if (atom->type != urids_.atom_urid || atom->size < sizeof(LV2_URID)) return false;
  return reinterpret_cast<const LV2_Atom_URID*>(atom)->body == what;
}

bool FileProperty::read_one(const LV2_Atom_Object* message, FilePath* wanted) noexcept {
  const LV2_Atom *subject = nullptr, *property = nullptr, *value = nullptr;
  lv2_atom_object_get(message, urids_.patch_subject, &subject, urids_.patch_property, &property,
                      urids_.patch_value, &value, 0);
  if (subject && !concerns(subject, plugin_)) return false;
  if (property && !concerns(property, property_)) return false;
  if (message->body.otype == urids_.patch_get) {
    due_ = property ? urids_.patch_set : urids_.patch_put;
  }
  if (message->body.otype != urids_.patch_set || !property || !value) return false;
  const auto* text = static_cast<const char*>(LV2_ATOM_BODY_CONST(value));
  if (value->type == urids_.atom_path && wanted->assign({text, value->size})) return true;
  refuse();  // no path, or too long a one
  return false;
}

void FileProperty::tell(const FilePath& current, News news) noexcept {
  current_ = current;
  due_ = news == News::granted ? urids_.patch_set : urids_.patch_put;
}

void FileProperty::write(LV2_Atom_Sequence* answers) noexcept {
  if (!answers) return;
  const std::size_t room = answers->atom.size;
  lv2_atom_forge_set_buffer(&forge_, reinterpret_cast<std::uint8_t*>(answers),
                            room + sizeof(LV2_Atom));
  LV2_Atom_Forge_Frame sequence;
  lv2_atom_forge_sequence_head(&forge_, &sequence, 0);
  if (due_ && room >= kEnvelope + current_.view().size()) {
    write_answer(due_);
    due_ = 0;
  }
  lv2_atom_forge_pop(&forge_, &sequence);
}

void FileProperty::write_answer(LV2_URID kind) noexcept {
  const std::string_view path = current_.view();
  const auto bytes = static_cast<std::uint32_t>(path.size());
  LV2_Atom_Forge_Frame message, body;
  lv2_atom_forge_frame_time(&forge_, 0);
  lv2_atom_forge_object(&forge_, &message, 0, kind);
  lv2_atom_forge_key(&forge_, urids_.patch_subject);
  lv2_atom_forge_urid(&forge_, plugin_);
  if (kind == urids_.patch_set) {
    lv2_atom_forge_key(&forge_, urids_.patch_property);
    lv2_atom_forge_urid(&forge_, property_);
    lv2_atom_forge_key(&forge_, urids_.patch_value);
    lv2_atom_forge_path(&forge_, path.data(), bytes);
  } else {
    lv2_atom_forge_key(&forge_, urids_.patch_body);
    lv2_atom_forge_object(&forge_, &body, 0, 0);
    lv2_atom_forge_key(&forge_, property_);
    lv2_atom_forge_path(&forge_, path.data(), bytes);
    lv2_atom_forge_pop(&forge_, &body);
  }
  lv2_atom_forge_pop(&forge_, &message);
}

}  // namespace faltung::lv2
