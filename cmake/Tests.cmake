# vr_gtests(<program> <prefix> <label>): the tests of a GoogleTest program. Each is its own ctest entry, <prefix>.Subject.DoesWhatWhen;
# below a sanitizer the whole program is one, because starting it a hundred times takes longer than its tests.
function(vr_gtests program prefix label)
  if(VR_SANITIZE)
    add_test(NAME ${prefix} COMMAND ${program})
    set_tests_properties(${prefix} PROPERTIES LABELS ${label} TIMEOUT 900)
  else()
    gtest_discover_tests(${program} TEST_PREFIX ${prefix}. DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${label} TIMEOUT 120)
  endif()
endfunction()
