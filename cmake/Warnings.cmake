# vr_warnings: compile options of all our own code. Link it PRIVATE.
add_library(vr_warnings INTERFACE)
target_compile_options(vr_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
# Designated initialisers leave members to their defaults on purpose.
target_compile_options(vr_warnings INTERFACE -Wno-missing-field-initializers)
# g++ 12 reports false positives inside inlined library code when it optimises.
target_compile_options(vr_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer
                                             -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)

if(VR_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(VR_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(VR_SANITIZE)
  message(FATAL_ERROR "VR_SANITIZE is '${VR_SANITIZE}': use address or thread")
endif()
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
add_link_options(-Wl,--as-needed)
