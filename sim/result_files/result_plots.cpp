// SPDX-License-Identifier: Apache-2.0
// The scripts find arms and brokers in the data by themselves, so they draw any result directory. An OUT that ends in
// .txt gets the plotted numbers instead of a picture: the tests compare them with the CSV.
#include "sim/result_files/result_plots.hpp"

namespace brokersim {

std::string_view brokers_plot() {
  return R"gnuplot(# SPDX-License-Identifier: Apache-2.0
# Load per broker over time, a panel an arm.
#   gnuplot -c brokers.gp DATA_DIR OUT [COLUMN] [TRIAL]
# OUT     ends in .svg or .png, or in .txt for the plotted numbers
# COLUMN  of brokers.csv; out_bytes_per_second unless given
# TRIAL   0 unless given
if (ARGC < 2) { print "usage: gnuplot -c brokers.gp DATA_DIR OUT [COLUMN] [TRIAL]"; exit status 2 }
FILE = ARG1."/brokers.csv"
OUT = ARG2
COLUMN = ARGC > 2 ? ARG3 : "out_bytes_per_second"
TRIAL = ARGC > 3 ? int(ARG4) : 0
set datafile separator comma columnheaders

# One pass copies the rows of the trial, in their own digits, and collects the arms, the brokers and the greatest value.
arms = " "
brokers = " "
most = 0.0
see_arm(a) = strstrt(arms, " ".a." ") ? 0 : (arms = arms.a." ", 0)
see_broker(b) = strstrt(brokers, " ".b." ") ? 0 : (brokers = brokers.b." ", 0)
see_value(v) = v > most ? (most = v, 0) : 0
see(row) = see_arm(strcol("arm")) + see_broker(strcol("broker")) + see_value(column(COLUMN))
set table $rows
plot FILE using (strcol("arm")):(strcol("broker")):(strcol("window_start_seconds")):(strcol(COLUMN)) \
  with table if (column("trial") == TRIAL && see(0) == 0)
unset table
if (words(arms) == 0) { print "brokers.gp: there is no trial ", TRIAL; exit status 1 }
set datafile separator whitespace nocolumnheaders

as_text = strlen(OUT) > 4 && OUT[strlen(OUT)-3:] eq ".txt"
if (as_text) {
  set format xy "%.17g"
  set table OUT
} else {
  if (OUT[strlen(OUT)-3:] eq ".png") {
    set terminal pngcairo size 900, 320 * words(arms) font "sans,10" background "white"
  } else {
    set terminal svg size 900, 320 * words(arms) font "sans,12" background "white"
  }
  set output OUT
  set multiplot layout words(arms), 1
  set format y "%.1s %c"
}
set grid ytics lt 1 lw 0.5 lc rgb "#cccccc"
set border 3
set tics nomirror
set xlabel "seconds since the start of the run"
set ylabel COLUMN noenhanced
set yrange [0:(most > 0 ? 1.05 * most : 1)]
set key outside right top noenhanced
if (words(brokers) > 12) { unset key }
wanted(a, b) = strcol(1) eq a && strcol(2) eq b
do for [a in arms] {
  set title sprintf("%s, %d brokers, trial %d", a, words(brokers), TRIAL) noenhanced
  plot for [b in brokers] $rows using (wanted(a, b) ? column(3) : NaN):(column(4)) \
    with linespoints pt 7 ps 0.3 title "broker ".b
}
if (as_text) { unset table } else { unset multiplot; unset output }
)gnuplot";
}

std::string_view latency_distribution_plot() {
  return R"gnuplot(# SPDX-License-Identifier: Apache-2.0
# Latency by arm: the share of records that took longer than a time. Where a line crosses 0.01 is its 99th percentile.
#   gnuplot -c latency_distribution.gp DATA_DIR OUT
# OUT  ends in .svg or .png, or in .txt for the plotted numbers
if (ARGC < 2) { print "usage: gnuplot -c latency_distribution.gp DATA_DIR OUT"; exit status 2 }
FILE = ARG1."/latency_distribution.csv"
OUT = ARG2
set datafile separator comma columnheaders

# A first pass collects the arms and the ranges.
arms = " "
least = 1e300
most = 0.0
rarest = 1.0
see_arm(a) = strstrt(arms, " ".a." ") ? 0 : (arms = arms.a." ", 0)
see_time(t) = (t < least ? least = t : 0, t > most ? most = t : 0, 0)
see_share(s) = s > 0 && s < rarest ? (rarest = s, 0) : 0
set table $seen
plot [-1:1] [-1:1] FILE using (0):(see_arm(strcol("arm")) + see_time(column("upper_seconds")) + see_share(column("longer_ratio"))) \
  with points
unset table
if (words(arms) == 0) { print "latency_distribution.gp: no record was acknowledged or delivered"; exit status 1 }

as_text = strlen(OUT) > 4 && OUT[strlen(OUT)-3:] eq ".txt"
if (as_text) {
  set format xy "%.17g"
  set table OUT
} else {
  if (OUT[strlen(OUT)-3:] eq ".png") {
    set terminal pngcairo size 900, 800 font "sans,10" background "white"
  } else {
    set terminal svg size 900, 800 font "sans,12" background "white"
  }
  set output OUT
  set multiplot layout 2, 1
  set format x "%.0s %cs"
  set format y "%g"
}
set grid xtics ytics lt 1 lw 0.5 lc rgb "#cccccc"
set border 3
set tics nomirror
set logscale xy
set xrange [least / 1.2 : most * 1.2]
set yrange [rarest / 1.5 : 1]
set xlabel "time since the intended send"
set ylabel "share of records that took longer"
set key outside right top noenhanced
role(kind) = kind eq "delivery" ? "any" : ""
wanted(a, kind) = strcol("arm") eq a && strcol("kind") eq kind && strcol("reader_role") eq role(kind)
do for [kind in "produce delivery"] {
  set title kind eq "produce" ? "until acknowledged" : "until delivered"
  plot for [i=1:words(arms)] FILE using (wanted(word(arms, i), kind) ? column("upper_seconds") : NaN):(column("longer_ratio")) \
    with lines lw (i == 1 ? 4 : 1.5) title word(arms, i)
}
if (as_text) { unset table } else { unset multiplot; unset output }
)gnuplot";
}

std::string_view staleness_distribution_plot() {
  return R"gnuplot(# SPDX-License-Identifier: Apache-2.0
# Staleness by arm: the share of records that a reader's replica shows within a time of their commit (t-visibility), and of
# reads whose replica is not staler than a time. Replicas that are never stale, as leaders are, are the one dot at 1 us.
#   gnuplot -c staleness_distribution.gp DATA_DIR OUT
# OUT  ends in .svg or .png, or in .txt for the plotted numbers
if (ARGC < 2) { print "usage: gnuplot -c staleness_distribution.gp DATA_DIR OUT"; exit status 2 }
FILE = ARG1."/staleness_distribution.csv"
OUT = ARG2
set datafile separator comma columnheaders

# A first pass collects the arms and the range.
arms = " "
most = 1e-5
see_arm(a) = strstrt(arms, " ".a." ") ? 0 : (arms = arms.a." ", 0)
see_time(t) = t > most ? (most = t, 0) : 0
set table $seen
plot [-1:1] [-1:1] FILE using (0):(see_arm(strcol("arm")) + see_time(column("upper_seconds"))) with points
unset table
if (words(arms) == 0) { print "staleness_distribution.gp: nothing was read"; exit status 1 }

as_text = strlen(OUT) > 4 && OUT[strlen(OUT)-3:] eq ".txt"
if (as_text) {
  set format xy "%.17g"
  set table OUT
} else {
  if (OUT[strlen(OUT)-3:] eq ".png") {
    set terminal pngcairo size 900, 800 font "sans,10" background "white"
  } else {
    set terminal svg size 900, 800 font "sans,12" background "white"
  }
  set output OUT
  set multiplot layout 2, 1
  set format x "%.0s %cs"
  set format y "%g"
}
set grid xtics ytics lt 1 lw 0.5 lc rgb "#cccccc"
set border 3
set tics nomirror
set logscale x
set xrange [1e-6 : most * 1.2]
set yrange [0:1.02]
set key outside right top noenhanced
wanted(a, m) = strcol("arm") eq a && strcol("measure") eq m
do for [m in "visibility_delay read_age"] {
  if (m eq "visibility_delay") {
    set title "how long after its commit a record is shown by the replica that is read"
    set xlabel "time since the commit"
    set ylabel "share of records shown by then"
  } else {
    set title "how stale the replica is when it is read"
    set xlabel "age of the oldest committed record it hides"
    set ylabel "share of reads not staler"
  }
  plot for [i=1:words(arms)] FILE using (wanted(word(arms, i), m) ? column("upper_seconds") : NaN):(1 - column("longer_ratio")) \
    with lines lw (i == 1 ? 4 : 1.5) lc i title word(arms, i), \
    for [i=1:words(arms)] FILE using (wanted(word(arms, i), m) && column("lower_seconds") == 0 ? column("upper_seconds") : NaN) \
      :(1 - column("longer_ratio")) with points pt 7 ps 1 lc i notitle
}
if (as_text) { unset table } else { unset multiplot; unset output }
)gnuplot";
}

}  // namespace brokersim
