// sharp, serving the commands that contender.hpp describes: one thread, no cache, its default PNG settings.
// Usage: sharp_contender.js serve|version FOLDER   FOLDER is where the sharp package lies.
'use strict';

const fs = require('fs');
const readline = require('readline');
const sharp = require(require('path').resolve(process.argv[3]));

sharp.concurrency(1);
sharp.cache(false);

let upload = null;
let pngs = null;

// One unit of work: the bytes of a picture to the bytes of both PNGs.
async function render(bytes) {
  const { data, info } = await sharp(bytes)
    .resize(800, 500, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  const large = await sharp(data, { raw }).png().toBuffer();
  const small = await sharp(data, { raw }).resize(400, 250).png().toBuffer();
  return { small, large };
}

const commands = {
  async open(path) {
    upload = fs.readFileSync(path);
    pngs = null;
    return 'ok';
  },

  async render(count) {
    const times = [];
    for (let i = 0; i < Number(count); ++i) {
      const cpu = process.cpuUsage();
      const wall = process.hrtime.bigint();
      pngs = await render(upload);
      const wallNs = process.hrtime.bigint() - wall;
      const used = process.cpuUsage(cpu);
      times.push(wallNs, (used.user + used.system) * 1000);
    }
    return ['ok', ...times].join(' ');
  },

  async save(prefix) {
    fs.writeFileSync(prefix + '.small.png', pngs.small);
    fs.writeFileSync(prefix + '.large.png', pngs.large);
    return `ok ${pngs.small.length} ${pngs.large.length}`;
  },
};

async function main() {
  if (process.argv[2] === 'version') {
    console.log(`${sharp.versions.sharp} (libvips ${sharp.versions.vips}, node ${process.versions.node})`);
    return;
  }
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const space = line.indexOf(' ');
    const command = space < 0 ? line : line.slice(0, space);
    let answer;
    try {
      answer = await commands[command](space < 0 ? '' : line.slice(space + 1));
    } catch (error) {
      answer = `error ${error.message}`;
    }
    console.log(answer.replace(/\s+/g, ' '));
  }
}

main();
