#!/usr/bin/perl
# dcctl-exec(7) in Perl, with nothing but its core modules.
#
#   PATH/lock                     shared while somebody looks, exclusive while somebody changes something
#   PATH/images/NAME/             program, image.json
#   PATH/instances/ID/            instance.json, process, log, user-data, authorized-keys; stopping while it is told to end,
#                                 protected to have it refuse to be destroyed
#
# An instance without a file process was being created by a program that was killed; it is in error, and destroy removes it.
use v5.32;
use warnings;
use Digest::SHA;
use Fcntl qw(:flock);
use File::Path qw(make_path remove_tree);
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use POSIX qw(setsid strftime);
use Time::HiRes qw(sleep);

my $json = JSON::PP->new->utf8->canonical;
my $operation = shift // '';
my $request = $json->decode(do { local $/; <STDIN> });
my $lock;

# A failure: exit status, code, message. The message is the program's, so it never holds more than dcctl already knows.
sub fail {
    my ($status, $code, $message) = @_;
    die { status => $status, code => $code, message => $message };
}

# TERM: dcctl was cancelled, or killed; PIPE: it was killed and we had something to say. Whoever has begun something undoes it.
$SIG{$_} = sub { fail(1, 'failed', 'cancelled') } for qw(TERM INT HUP PIPE);

fail_at_top() unless eval { main(); 1 };
# Perl's own way out gives signals their default back: one that came then would have what is done look undone.
POSIX::_exit(0);

sub fail_at_top {
    my $failure = ref $@ eq 'HASH' ? $@ : { status => 1, code => 'failed', message => "$@" };
    $SIG{PIPE} = 'IGNORE';
    print $json->encode({ protocol => 1, error => { code => $failure->{code}, message => $failure->{message} } }), "\n";
    exit $failure->{status};
}

sub main {
    my %operations = (
        images => \&images, instances => \&instances, create => \&create, start => \&start, stop => \&stop,
        power_off => \&power_off, reboot => \&reboot, suspend => \&suspend, resume => \&resume, destroy => \&destroy,
        import_image => \&import_image, destroy_image => \&destroy_image,
    );
    my $work = $operations{$operation} or fail(2, 'usage', "there is no operation $operation");
    fail(3, 'config', "dcctl speaks protocol $request->{protocol}, this program speaks 1") if $request->{protocol} != 1;
    my $root = $request->{settings}{path};
    fail(3, 'config', "the setting path must be an absolute path, not $root") unless $root =~ m{^/};
    make_path("$root/images", "$root/instances", { error => \my $errors });
    fail(3, 'config', "cannot use the folder $root") if @$errors;
    chdir $root or fail(3, 'config', "cannot use the folder $root: $!");
    open $lock, '>>', 'lock' or fail(3, 'config', "cannot use the folder $root: $!");
    flock $lock, $operation =~ /^(?:images|instances)$/ ? LOCK_SH : $operation eq 'import_image' ? LOCK_UN : LOCK_EX;
    my $answer = $work->();
    $| = 1;
    print $json->encode({ protocol => 1, %$answer }), "\n";
}

sub stage { print STDERR "dcctl: stage $_[0]\n" }

# --- files

sub read_file {
    my ($path) = @_;
    open my $file, '<:raw', $path or return undef;
    local $/;
    return scalar <$file>;
}

sub write_file {
    my ($path, $content) = @_;
    open my $file, '>:raw', "$path.tmp" or fail(1, 'failed', "cannot write $path: $!");
    print $file $content or fail(10, 'capacity', "cannot write $path: $!");
    close $file or fail(10, 'capacity', "cannot write $path: $!");
    rename "$path.tmp", $path or fail(1, 'failed', "cannot write $path: $!");
}

sub read_json { my $text = read_file($_[0]); return defined $text ? $json->decode($text) : undef }

sub names_in {
    opendir my $folder, $_[0] or return;
    return sort grep { !/^\./ } readdir $folder;
}

# --- processes: a number and a start time, since numbers are used again

sub start_time {
    my ($number) = @_;
    my $stat = read_file("/proc/$number/stat") // return '';
    my @fields = split ' ', $stat =~ s/.*\) //sr;    # the name of the command, in parentheses, may hold anything
    return $fields[0] =~ /[ZX]/ ? '' : $fields[19];
}

# The number of the process if it lives, else 0.
sub living {
    my ($id) = @_;
    my ($number, $time) = split ' ', read_file("instances/$id/process") // '';
    return $number && start_time($number) eq $time ? $number : 0;
}

sub is_suspended { return (read_file("/proc/$_[0]/stat") // '') =~ /\) T/ }

# The process writes itself down before it becomes the program, so that none is ever lost.
sub launch {
    my ($id, $image) = @_;
    pipe my $reader, my $writer or fail(1, 'failed', "pipe: $!");    # closed by exec, or by the end of the process
    # Until it is the program, or has failed, there is nothing yet that could be undone: whoever asks us to stop waits that long.
    my $asked;
    local @SIG{qw(TERM INT HUP PIPE)} = (sub { $asked = 1 }) x 4;
    my $child = fork // fail(10, 'capacity', "fork: $!");
    if (!$child) {
        local @SIG{qw(TERM INT HUP PIPE)} = ('DEFAULT') x 4;
        eval {
            setsid();
            open STDIN, '<', '/dev/null';
            open STDOUT, '>>', "instances/$id/log";
            open STDERR, '>&', \*STDOUT;
            $ENV{INSTANCE_ID} = $id;
            $ENV{USER_DATA} = "$request->{settings}{path}/instances/$id/user-data";
            write_file("instances/$id/process", "$$ " . start_time($$) . "\n");
            my $program = "images/$image/program";
            exec { $program } $program or die "$!\n";
        };
        syswrite $writer, ref $@ ? $@->{message} : $@;
        POSIX::_exit(1);
    }
    close $writer;
    my $problem = do { local $/; <$reader> };
    fail(1, 'failed', "the program of the image $image cannot be run: $problem") if $problem;
    fail(1, 'failed', 'cancelled') if $asked;
    return $child;
}

sub await_end {
    my ($id) = @_;
    for (1 .. 100) {
        return 1 if !living($id);
        sleep 0.05;
    }
    return 0;
}

# --- instances

sub state_of {
    my ($id) = @_;
    return 'error' unless -e "instances/$id/process";
    my $number = living($id) or return 'stopped';
    return -e "instances/$id/stopping" ? 'stopping' : is_suspended($number) ? 'suspended' : 'running';
}

sub instance {
    my ($id) = @_;
    my $record = read_json("instances/$id/instance.json") // return;
    my $state = state_of($id);
    return {
        %$record, state => $state, provider_state => $state eq 'error' ? 'no process' : 'process ' . (living($id) || 'gone'),
        $state eq 'error' ? (reason => 'its creation was interrupted') : (),
        -e "instances/$id/protected" ? (refused => { destroy => 'it is protected; remove the file protected' }) : (),
    };
}

# What a creator that was killed had not yet made an instance of. Only with the lock for ourselves: nobody is creating then.
sub sweep { remove_tree(map { "instances/$_" } grep { !-e "instances/$_/instance.json" } names_in('instances')) }

sub instances { return { instances => [ grep { defined } map { instance($_) } names_in('instances') ] } }

# The instance that the request is about, if it is in a state that allows the operation: the world may have changed.
sub expect {
    my @allowed = @_;
    my $id = $request->{instance}{id};
    my $found = $id =~ /^[\w-]+$/ ? instance($id) : undef;
    fail(4, 'not-found', "there is no instance $id") unless $found;
    fail(5, 'not-allowed', "cannot $operation $found->{name}: it is $found->{state}") unless grep { $_ eq $found->{state} } @allowed;
    return ($id, $found);
}

sub answer { return { instance => instance($_[0]) } }

sub create {
    my $spec = $request->{spec};
    my ($id, $name) = @$spec{qw(token name)};
    fail(2, 'usage', "the name $name cannot be used") unless $id =~ /^[\w-]+$/ && $name =~ /^[\w.-]+$/;
    fail(4, 'not-found', "there is no image $spec->{image}{id}") unless image($spec->{image}{id});
    sweep();
    my @others = map { read_json("instances/$_/instance.json") // () } names_in('instances');
    fail(5, 'conflict', "the name $name is taken") if grep { $_->{name} eq $name } @others;

    my $made = eval {
        stage('record');
        mkdir "instances/$id" or fail(1, 'failed', "cannot make the folder of $name: $!");
        write_file("instances/$id/user-data", decode_base64($spec->{user_data_base64} // ''));
        write_file("instances/$id/authorized-keys", join '', map { "$_\n" } @{ $spec->{ssh_keys} });
        write_file("instances/$id/instance.json", $json->encode({
            id => $id, name => $name, image => $spec->{image}{id}, hwp => $spec->{hwp}, realm => $spec->{realm}{id},
            hardware => $spec->{hardware}, overrides => $spec->{overrides}, user => scalar getpwuid($<),
            created => strftime('%FT%TZ', gmtime), owner => scalar getpwuid($<),
        }));
        stage('process');
        launch($id, $spec->{image}{id});
        # From here on it is too late to undo anything: dcctl is told that the instance is there.
        $SIG{$_} = sub { } for qw(TERM INT HUP PIPE);
        1;
    };
    if (!$made) {
        my $failure = $@;
        local @SIG{qw(TERM INT HUP PIPE)} = ('IGNORE') x 4;
        remove($id);
        die $failure;
    }
    return answer($id);
}

# Also what a creator that was killed has left; the record goes last.
sub remove {
    my ($id) = @_;
    if (my $number = living($id)) {
        kill KILL => -$number;
        await_end($id);
    }
    unlink grep { $_ ne "instances/$id/instance.json" } glob "instances/$id/*";
    remove_tree("instances/$id");
}

sub start {
    my ($id, $found) = expect('stopped');
    unlink "instances/$id/stopping";
    launch($id, $found->{image});
    return answer($id);
}

# Only asks: how long the program takes is its own affair.
sub stop {
    my ($id) = expect('running');
    write_file("instances/$id/stopping", '');
    kill TERM => -living($id);
    return answer($id);
}

sub power_off {
    my ($id) = expect('running', 'stopping');
    my $number = living($id);
    kill KILL => -$number if $number;
    await_end($id) or fail(8, 'timeout', 'the process has not ended yet');
    return answer($id);
}

sub reboot {
    my ($id, $found) = expect('running');
    kill TERM => -living($id);
    if (!await_end($id)) {
        kill KILL => -living($id) if living($id);
        await_end($id) or fail(8, 'timeout', 'the process has not ended yet');
    }
    launch($id, $found->{image});
    return answer($id);
}

sub suspend {
    my ($id) = expect('running');
    kill STOP => -living($id);
    sleep 0.01 until !living($id) || is_suspended(living($id));
    return answer($id);
}

sub resume {
    my ($id) = expect('suspended');
    kill CONT => -living($id);
    sleep 0.01 while living($id) && is_suspended(living($id));
    return answer($id);
}

sub destroy {
    my ($id, $found) = expect('stopped', 'error');
    fail(5, 'not-allowed', "$found->{name} is protected") if $found->{refused}{destroy};
    remove($id);
    return {};
}

# --- images

sub image {
    my ($name) = @_;
    return $name =~ /^\w[\w.-]*$/ ? read_json("images/$name/image.json") : undef;
}

sub images { return { images => [ grep { defined } map { image($_) } names_in('images') ] } }

sub import_image {
    my $spec = $request->{spec};
    my $name = $spec->{name};
    fail(2, 'usage', "the name $name cannot be used") unless $name =~ /^\w[\w.-]*$/ && $spec->{token} =~ /^[\w-]+$/;
    my $begun = "images/.$spec->{token}";
    my $done = eval {
        stage('copy');
        mkdir $begun or fail(1, 'failed', "cannot make a folder for the image: $!");
        copy_program($spec->{source}, "$begun/program");
        stage('check');
        my $digest = 'sha256:' . Digest::SHA->new(256)->addfile("$begun/program", 'b')->hexdigest;
        fail(2, 'usage', "the digest is $digest, not $spec->{digest}") if ($spec->{digest} // $digest) ne $digest;
        open my $file, '<:raw', "$begun/program";
        read $file, my $magic, 4;
        fail(2, 'usage', "$spec->{source} is not a program") unless ($magic // '') =~ /^(?:#!|\x7fELF)/;
        write_file("$begun/image.json", $json->encode({
            id => $name, name => $name, realm => $spec->{realm}{id}, digest => $digest, size_bytes => -s "$begun/program",
            architecture => $spec->{architecture}, user => $spec->{user}, description => $spec->{description},
            owner => scalar getpwuid($<), created => strftime('%FT%TZ', gmtime),
        }));
        flock $lock, LOCK_EX;
        fail(5, 'conflict', "the image $name exists already") if -e "images/$name";
        # From here on it is too late to undo anything: dcctl is told that the image is there.
        $SIG{$_} = sub { } for qw(TERM INT HUP PIPE);
        rename $begun, "images/$name" or fail(1, 'failed', "cannot publish the image: $!");
        1;
    };
    if (!$done) {
        my $failure = $@;
        local @SIG{qw(TERM INT HUP PIPE)} = ('IGNORE') x 4;
        remove_tree($begun);
        die $failure;
    }
    return { image => image($name) };
}

sub copy_program {
    my ($source, $target) = @_;
    open my $from, '<:raw', $source or fail(2, 'usage', "cannot read $source: $!");
    open my $to, '>:raw', $target or fail(1, 'failed', "cannot write the image: $!");
    my ($done, $total) = (0, -s $from);
    while (read $from, my $chunk, 1 << 20) {
        print $to $chunk or fail(10, 'capacity', "cannot write the image: $!");
        $done += length $chunk;
        print STDERR "dcctl: progress $done $total\n";
    }
    close $to or fail(10, 'capacity', "cannot write the image: $!");
    chmod 0755, $target;
}

sub destroy_image {
    my $name = $request->{image}{id};
    fail(4, 'not-found', "there is no image $name") unless image($name);
    my @users = map { $_->{name} } grep { $_->{image} eq $name } map { read_json("instances/$_/instance.json") // () } names_in('instances');
    fail(5, 'not-allowed', "the image $name is in use by @users") if @users;
    unlink "images/$name/image.json";    # first: from now on it is not published
    remove_tree("images/$name");
    return {};
}
