# Predicted against measured quantiles of the real cluster: docs/measured.svg.
#   brokersim-validate tests/validation --family real-kafka --csv > measured.csv
#   gnuplot -e "csv='measured.csv'" docs/measured.gp
if (!exists("csv")) csv = 'measured.csv'
set terminal svg size 640,600 font 'sans,13' background rgb 'white'
set output 'docs/measured.svg'
set datafile separator ','
set logscale xy
set xrange [3:1000]
set yrange [3:1000]
set size square
set grid
set key top left
set xlabel 'measured on Apache Kafka 4.2, ms'
set ylabel 'predicted by brokersim, ms'
set title "p25, p50, p75, p95 of acknowledgement, delivery, follower minus leader"
kind(text, word) = (strstrt(text, word) == 1 && strstrt(text, ' p') > 0)
pick(word) = sprintf("< awk -F, 'index($3, \"\\\"%s\") == 1' %s", word, csv)
plot x with lines dashtype 2 linecolor 'gray' title 'equal', \
     1.1 * x with lines linecolor 'gray90' title '10 % off', x / 1.1 with lines linecolor 'gray90' notitle, \
     pick('ack') using 4:5 with points pointtype 7 pointsize 0.5 title 'acknowledgement', \
     pick('delivery') using 4:5 with points pointtype 7 pointsize 0.5 title 'delivery by reader', \
     pick('visibility') using 4:5 with points pointtype 7 pointsize 0.5 title 'follower minus leader'
