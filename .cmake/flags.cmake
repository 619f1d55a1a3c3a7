# hl_flags: what every target is compiled with.  hl_strict: warnings for the
# product's own code only, because Criterion's macros break them.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

add_library(hl_flags INTERFACE)
add_library(hl_strict INTERFACE)
target_compile_definitions(hl_flags INTERFACE _GNU_SOURCE)

function(hl_probe_flags target)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "HL_HAVE${flag}" have)
    check_c_compiler_flag(${flag} ${have})
    if(${have})
      target_compile_options(${target} INTERFACE ${flag})
    endif()
  endforeach()
endfunction()

# A failed check must stop the program in release builds too.
foreach(type RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${type} "${CMAKE_C_FLAGS_${type}}")
endforeach()

hl_probe_flags(hl_flags
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wstrict-prototypes -Wold-style-definition -Wcast-qual -Wpointer-arith
  -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wnull-dereference
  -Wdouble-promotion -Wimplicit-fallthrough -Wlogical-op -Wduplicated-cond
  -Wduplicated-branches -Wcast-align=strict -Wtrampolines -Wthread-safety
  -Wcomma -Wassign-enum)
hl_probe_flags(hl_strict -Wmissing-prototypes -Wmissing-variable-declarations -Wswitch-enum)

if(HL_SANITIZE)
  target_compile_options(hl_flags INTERFACE -fsanitize=${HL_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1)
  target_link_options(hl_flags INTERFACE -fsanitize=${HL_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(hl_flags INTERFACE _FORTIFY_SOURCE=3)
  hl_probe_flags(hl_flags -fstack-protector-strong -fstack-clash-protection
    -fcf-protection=full -ftrivial-auto-var-init=zero)
  target_link_options(hl_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
  # The files of net/core are many and their functions short. Fat objects leave the libraries
  # readable to nm, which tests/layering.sh asks.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    include(CheckIPOSupported)
    check_ipo_supported(RESULT HL_HAVE_LTO OUTPUT HL_LTO_WHY_NOT LANGUAGES C)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${HL_HAVE_LTO})
    target_compile_options(hl_flags INTERFACE -ffat-lto-objects)
  endif()
endif()
if(HL_COVERAGE)
  target_compile_options(hl_flags INTERFACE --coverage -O0 -g)
  target_link_options(hl_flags INTERFACE --coverage)
endif()
