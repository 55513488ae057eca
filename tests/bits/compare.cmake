# Runs every program on the scenario; all that this processor can run must print the same digest.
# The last round takes away the processor's fused multiply-add from the C library too, as on an
# older machine.
set(seen "")
set(runs 0)
foreach(tunables "" "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable")
  foreach(program ${PROGRAMS})
    execute_process(
      COMMAND ${CMAKE_COMMAND} -E env "GLIBC_TUNABLES=${tunables}" ${program} ${SCENARIO}
      RESULT_VARIABLE status OUTPUT_VARIABLE digest ERROR_VARIABLE trouble)
    if("${status} ${trouble}" MATCHES "[Ii]llegal") # cmake -E env tells a signal as text, with status 1
      message(STATUS "${program}: this processor cannot run it, left out")
    elseif(NOT status EQUAL 0)
      message(FATAL_ERROR "${program}: ${status}: ${trouble}")
    else()
      message(STATUS "${program} [${tunables}]: ${digest}")
      math(EXPR runs "${runs} + 1")
      list(APPEND seen "${digest}")
    endif()
  endforeach()
endforeach()
list(REMOVE_DUPLICATES seen)
list(LENGTH seen different)
if(runs LESS 2 OR NOT different EQUAL 1)
  message(FATAL_ERROR "${runs} runs gave ${different} different results")
endif()
